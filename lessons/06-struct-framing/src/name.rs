//! Which name a file may get, when a stranger chose it.

use anyhow::{Result, bail};

/// The longest file name that the common file systems take, in bytes.
const MAX_LENGTH: usize = 255;

/// The last part of a path, if it is safe as a file name on any system.
///
/// `../../etc/passwd` and `C:\windows\passwd` are both `passwd`: one sender
/// parts folders with `/`, another with `\`.
pub fn base_name(filename: &str) -> Result<&str> {
    let name = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let bytes = name.len();
    if bytes > MAX_LENGTH {
        bail!(
            "its file name has {bytes} bytes, {MAX_LENGTH} is the most; \
             --output takes another"
        );
    }
    let wrong = if name.is_empty() {
        "is no name"
    } else if common::escape(name) != name {
        "holds characters that could command a terminal"
    } else if name.contains(['<', '>', ':', '"', '|', '?', '*']) {
        "holds a character of < > : \" | ? *, which Windows does not allow"
    } else if name.ends_with(['.', ' ']) {
        // With this, `.` and `..` are refused as well.
        "ends with a dot or a space, which Windows would drop"
    } else if is_device(name) {
        "is the name of a device on Windows"
    } else {
        return Ok(name);
    };
    bail!("its file name {name:?} {wrong}; --output takes another");
}

/// Windows opens a device by these names in every folder, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => port.is_some_and(|number| {
            number.chars().count() == 1 && "0123456789¹²³".contains(number)
        }),
    }
}
