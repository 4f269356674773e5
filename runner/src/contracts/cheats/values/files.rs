//! Files and folders, as far as the project's `fs_permissions` allow.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use walkdir::WalkDir;

use crate::contracts::abi::{Unsigned, Value};

use super::settings::Purpose;
use super::{Handler, LONGEST_RESULT, TOO_LONG, Values, arguments};

type Answer = Result<Vec<Value>, String>;

/// Where reading a file line by line has come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lines {
    position: u64,
}

pub(super) fn handler(name: &str, _parameters: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "projectRoot" => |values, _| {
            let root = values.settings.root.display().to_string();
            Ok(vec![Value::String(root)])
        },
        "currentFilePath" => |values, _| match values.source.is_empty() {
            true => Err("no running contract found".to_owned()),
            false => Ok(vec![Value::String(values.source.to_string())]),
        },
        "unixTime" => |values, _| {
            let time = values.settings.time.saturating_add(values.slept);
            Ok(vec![Value::Uint(Unsigned::from(time), 256)])
        },
        // Nobody has to wait: time goes on by as much as was slept.
        "sleep" => |values, of| {
            let duration = arguments::number(of, 0)?.saturating_to::<u64>();
            values.slept = values.slept.saturating_add(duration);
            Ok(Vec::new())
        },
        "exists" => |values, of| Ok(vec![Value::Bool(readable(values, of)?.exists())]),
        "isFile" => |values, of| Ok(vec![Value::Bool(readable(values, of)?.is_file())]),
        "isDir" => |values, of| Ok(vec![Value::Bool(readable(values, of)?.is_dir())]),
        "fsMetadata" => metadata,
        "readFile" => |values, of| {
            let path = readable(values, of)?;
            Ok(vec![Value::String(read_text(&path)?)])
        },
        "readFileBinary" => |values, of| {
            let path = readable(values, of)?;
            Ok(vec![Value::Bytes(read_bytes(&path)?)])
        },
        "readLine" => read_line,
        "closeFile" => |values, of| {
            let path = readable(values, of)?;
            values.open.remove(&path);
            Ok(Vec::new())
        },
        "readLink" => |values, of| {
            let path = readable(values, of)?;
            let target = fs::read_link(&path).map_err(at("read from", &path))?;
            Ok(vec![Value::String(target.display().to_string())])
        },
        "readDir" => read_folder,
        _ => return writing_handler(name),
    };
    Some(handler)
}

fn writing_handler(name: &str) -> Option<Handler> {
    let handler: Handler = match name {
        "writeFile" => |values, of| {
            write(
                values,
                arguments::text(of, 0)?,
                arguments::text(of, 1)?.as_bytes(),
            )
        },
        "writeFileBinary" => {
            |values, of| write(values, arguments::text(of, 0)?, arguments::bytes(of, 1)?)
        }
        "writeLine" => write_line,
        "copyFile" => |values, of| {
            let from = readable(values, of)?;
            let to = values.settings.writable(arguments::text(of, 1)?)?;
            let copied = fs::copy(&from, &to)
                .map_err(|error| format!("failed to copy from {from:?} to {to:?}: {error}"))?;
            Ok(vec![Value::Uint(Unsigned::from(copied), 64)])
        },
        "removeFile" => |values, of| {
            let path = values.settings.writable(arguments::text(of, 0)?)?;
            values.open.remove(&path);
            fs::remove_file(&path).map_err(at("remove file", &path))?;
            Ok(Vec::new())
        },
        "createDir" => |values, of| {
            let path = values
                .settings
                .allowed(arguments::text(of, 0)?, Purpose::Write)?;
            let done = match arguments::flag(of, 1)? {
                true => fs::create_dir_all(&path),
                false => fs::create_dir(&path),
            };
            done.map_err(at("create dir", &path))?;
            Ok(Vec::new())
        },
        "removeDir" => |values, of| {
            let path = values
                .settings
                .allowed(arguments::text(of, 0)?, Purpose::Write)?;
            let done = match arguments::flag(of, 1)? {
                true => fs::remove_dir_all(&path),
                false => fs::remove_dir(&path),
            };
            done.map_err(at("remove dir", &path))?;
            Ok(Vec::new())
        },
        _ => return None,
    };
    Some(handler)
}

/// The text of an error: what failed, and where.
fn at<'a>(what: &'a str, path: &'a Path) -> impl Fn(io::Error) -> String + 'a {
    move |error| format!("failed to {what} {path:?}: {error}")
}

fn readable(values: &Values, of: &[Value]) -> Result<std::path::PathBuf, String> {
    values
        .settings
        .allowed(arguments::text(of, 0)?, Purpose::Read)
}

pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let file = fs::File::open(path).map_err(at("open file", path))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_RESULT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(at("read from", path))?;
    if bytes.len() > LONGEST_RESULT {
        return Err(TOO_LONG.to_owned());
    }
    Ok(bytes)
}

pub(super) fn read_text(path: &Path) -> Result<String, String> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|error| at("read from", path)(io::Error::other(error)))
}

/// The text of a file that tests may read.
pub(crate) fn read_file(values: &Values, path: &str) -> Result<String, String> {
    read_text(&values.settings.allowed(path, Purpose::Read)?)
}

/// Writes a file that tests may write.
pub(crate) fn write(values: &Values, path: &str, content: &[u8]) -> Answer {
    let path = values.settings.writable(path)?;
    fs::write(&path, content).map_err(at("write to", &path))?;
    Ok(Vec::new())
}

fn write_line(values: &mut Values, of: &[Value]) -> Answer {
    let path = values.settings.writable(arguments::text(of, 0)?)?;
    let line = format!("{}\n", arguments::text(of, 1)?);
    let file = fs::OpenOptions::new().append(true).create(true).open(&path);
    let mut file = file.map_err(at("open file", &path))?;
    file.write_all(line.as_bytes())
        .map_err(at("write to", &path))?;
    Ok(Vec::new())
}

fn read_line(values: &mut Values, of: &[Value]) -> Answer {
    let path = readable(values, of)?;
    let lines = values.open.entry(path.clone()).or_default();
    let mut file = fs::File::open(&path).map_err(at("open file", &path))?;
    file.seek(SeekFrom::Start(lines.position))
        .map_err(|error| error.to_string())?;
    let mut line = String::new();
    let length = BufReader::new(file.take(LONGEST_RESULT as u64))
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    lines.position += length as u64;
    if line.ends_with('\n') {
        line.pop();
        if line.ends_with('\r') {
            line.pop();
        }
    }
    Ok(vec![Value::String(line)])
}

fn metadata(values: &mut Values, of: &[Value]) -> Answer {
    let metadata = readable(values, of)?
        .metadata()
        .map_err(|error| error.to_string())?;
    let word = |number: u64| Value::Uint(Unsigned::from(number), 256);
    let seconds = |time: io::Result<SystemTime>| {
        let since = time.unwrap_or(UNIX_EPOCH).duration_since(UNIX_EPOCH);
        word(since.unwrap_or_default().as_secs())
    };
    Ok(vec![Value::Tuple(vec![
        Value::Bool(metadata.is_dir()),
        Value::Bool(metadata.is_symlink()),
        word(metadata.len()),
        Value::Bool(metadata.permissions().readonly()),
        seconds(metadata.modified()),
        seconds(metadata.accessed()),
        seconds(metadata.created()),
    ])])
}

/// What is in a folder, sorted, each folder before what is in it.
fn read_folder(values: &mut Values, of: &[Value]) -> Answer {
    let root = readable(values, of)?;
    let deepest = match of.get(1) {
        Some(_) => arguments::number(of, 1)?.saturating_to::<usize>(),
        None => 1,
    };
    let follow = of.len() > 2 && arguments::flag(of, 2)?;
    let walk = WalkDir::new(root)
        .min_depth(1)
        .max_depth(deepest)
        .follow_links(follow)
        .same_file_system(true)
        .sort_by_file_name();
    let entry = |error: String, path: &Path, depth: usize, is_folder: bool, is_link: bool| {
        Value::Tuple(vec![
            Value::String(error),
            Value::String(path.display().to_string()),
            Value::Uint(Unsigned::from(depth), 64),
            Value::Bool(is_folder),
            Value::Bool(is_link),
        ])
    };
    let entries = walk.into_iter().map(|found| match found {
        Ok(found) => {
            let is_folder = found.file_type().is_dir();
            entry(
                String::new(),
                found.path(),
                found.depth(),
                is_folder,
                found.path_is_symlink(),
            )
        }
        Err(error) => {
            let path = error.path().unwrap_or(Path::new("")).to_owned();
            entry(error.to_string(), &path, error.depth(), false, false)
        }
    });
    Ok(vec![Value::Array(entries.collect())])
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::super::tests::{call_with, fails_with};
    use super::super::{Access, Permission, Settings};
    use super::*;

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    /// A project in a folder of its own, in which tests may do everything.
    fn project(name: &str) -> (PathBuf, Values) {
        let root = std::env::temp_dir().join(format!("gasworks-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).expect("a folder");
        let permission = Permission {
            access: Access {
                read: true,
                write: true,
            },
            path: "./".into(),
        };
        let settings = Settings {
            root: root.clone(),
            permissions: vec![permission],
            time: 5,
            ..Settings::default()
        };
        (root, Values::new(Arc::new(settings), "test/A.t.sol"))
    }

    #[test]
    fn files_are_written_read_and_removed() {
        let (root, mut values) = project("files");
        let file = text("a.txt");
        call_with(
            &mut values,
            "writeFile(string,string)",
            &[file.clone(), text("one\r\ntwo")],
        );
        call_with(
            &mut values,
            "writeLine(string,string)",
            &[file.clone(), text(", three")],
        );
        assert_eq!(
            call_with(&mut values, "readFile(string)", std::slice::from_ref(&file)),
            [text("one\r\ntwo, three\n")]
        );
        for line in ["one", "two, three", ""] {
            let read = call_with(&mut values, "readLine(string)", std::slice::from_ref(&file));
            assert_eq!(read, [text(line)]);
        }
        call_with(
            &mut values,
            "closeFile(string)",
            std::slice::from_ref(&file),
        );
        assert_eq!(
            call_with(&mut values, "readLine(string)", std::slice::from_ref(&file)),
            [text("one")]
        );
        let copied = call_with(
            &mut values,
            "copyFile(string,string)",
            &[file.clone(), text("b.txt")],
        );
        assert_eq!(copied, [Value::Uint(Unsigned::from(16), 64)]);
        call_with(
            &mut values,
            "removeFile(string)",
            std::slice::from_ref(&file),
        );
        assert_eq!(
            call_with(&mut values, "exists(string)", &[file]),
            [Value::Bool(false)]
        );
        assert_eq!(
            call_with(&mut values, "isFile(string)", &[text("b.txt")]),
            [Value::Bool(true)]
        );
        fs::remove_dir_all(root).expect("the folder");
    }

    #[test]
    fn folders_are_listed_in_order() {
        let (root, mut values) = project("folders");
        for folder in ["b/c", "a"] {
            call_with(
                &mut values,
                "createDir(string,bool)",
                &[text(folder), Value::Bool(true)],
            );
        }
        let names = |values: &mut Values, depth: u64| {
            let depth = Value::Uint(Unsigned::from(depth), 64);
            let answer = call_with(values, "readDir(string,uint64)", &[text("."), depth]);
            let [Value::Array(entries)] = &answer[..] else {
                panic!("a list")
            };
            let name = |entry: &Value| match entry.as_tuple() {
                Some([_, Value::String(path), ..]) => {
                    path.rsplit('/').next().unwrap_or("").to_owned()
                }
                _ => panic!("an entry"),
            };
            entries.iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(names(&mut values, 1), ["a", "b"]);
        assert_eq!(names(&mut values, 9), ["a", "b", "c"]);
        let error = fails_with(
            &mut values,
            "removeDir(string,bool)",
            &[text("b"), Value::Bool(false)],
        );
        assert!(error.starts_with("failed to remove dir"), "{error}");
        fs::remove_dir_all(root).expect("the folder");
    }

    #[test]
    fn nothing_is_allowed_by_itself() {
        let mut values = Values::default();
        for signature in ["readFile(string)", "exists(string)", "removeFile(string)"] {
            let error = fails_with(&mut values, signature, &[text("/etc/passwd")]);
            assert!(error.contains("is not allowed to be accessed"), "{error}");
        }
    }

    #[test]
    fn sleeping_lets_time_go_on() {
        let (root, mut values) = project("time");
        let time = |of: u64| Value::Uint(Unsigned::from(of), 256);
        assert_eq!(call_with(&mut values, "unixTime()", &[]), [time(5)]);
        call_with(&mut values, "sleep(uint256)", &[time(2000)]);
        assert_eq!(call_with(&mut values, "unixTime()", &[]), [time(2005)]);
        assert_eq!(
            call_with(&mut values, "currentFilePath()", &[]),
            [text("test/A.t.sol")]
        );
        fs::remove_dir_all(root).expect("the folder");
    }
}
