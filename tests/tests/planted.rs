//! The planted bugs of `tests/planted` can be planted: each patch applies to the sources, one after the other.
//!
//! That the fuzzer finds them is for `tests/planted/run`, which builds them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a temporary folder hurts nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

#[test]
fn every_planted_bug_can_be_planted() {
    if Command::new("git").arg("--version").output().is_err() {
        println!("not run: there is no git to apply patches with");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let planted = root.join("tests/planted");
    let mut patches: Vec<PathBuf> = fs::read_dir(&planted)
        .expect("the folder of patches")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "patch")
        })
        .collect();
    patches.sort();
    // The first one has the switches.
    assert!(patches.len() > 25, "only {} patches", patches.len());
    let name = format!("gasworks-planted-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    copy(&root.join("vm/src"), &folder.0.join("vm/src"));
    for patch in &patches {
        let applied = Command::new("git")
            .args(["apply", "-C1"])
            .arg(fs::canonicalize(patch).expect("a path"))
            .current_dir(&folder.0)
            .output()
            .expect("git runs");
        assert!(
            applied.status.success(),
            "{} does not apply any more: plant its bug again by hand\n{}",
            patch.display(),
            String::from_utf8_lossy(&applied.stderr)
        );
        let name = patch.file_stem().and_then(|stem| stem.to_str());
        let (_, bug) = name
            .and_then(|name| name.split_once('-'))
            .expect("NNN-name.patch");
        let text = fs::read_to_string(patch).expect("a patch");
        assert!(
            bug == "switch" || text.contains(&format!("planted::on(\"{bug}\")")),
            "{} has no switch of its name",
            patch.display()
        );
    }
}
