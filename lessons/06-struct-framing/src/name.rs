//! Which name a file may get, when a stranger chose it.

use anyhow::{Result, bail};

/// The longest file name that the common file systems take, in bytes.
const LONGEST: usize = 255;

/// Gives the last part of a path, as long as it is harmless on any system.
///
/// `../../etc/passwd` and `C:\windows\passwd` are both `passwd`: one sender
/// parts folders with `/`, another with `\`.
///
/// # Errors
///
/// When that part is no name, or is one that some system takes for something
/// else than a file of that name.
pub fn base_name(filename: &str) -> Result<&str> {
    let name = filename.rsplit(['/', '\\']).next().unwrap_or_default();
    let bytes = name.len();
    if bytes > LONGEST {
        bail!(
            "its file name has {bytes} bytes, {LONGEST} is the most; \
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

/// Windows opens a device by these names in every folder, whatever extension
/// they have (Microsoft: "Naming Files, Paths, and Namespaces").
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_ascii_uppercase();
    let port = stem.strip_prefix("COM").or(stem.strip_prefix("LPT"));
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => port.is_some_and(|number| {
            let mut digits = number.chars();
            let digit = digits.next();
            digits.next().is_none()
                && digit.is_some_and(|c| "0123456789¹²³".contains(c))
        }),
    }
}
