//! Files that are there in full or not at all, whenever the process ends.

use std::fs;
use std::io;
use std::path::Path;

/// Writes a file and makes the folders that it is in. The error names what could not be written.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let named = |error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("cannot write {}: {error}", path.display()),
        )
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(named)?;
    }
    let unfinished = path.with_extension("part");
    let written = fs::write(&unfinished, text).and_then(|()| fs::rename(&unfinished, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&unfinished);
        named(error)
    })
}
