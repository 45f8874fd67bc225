//! The students' names, from a file.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use programs::lang::tr_with;

use crate::draw::bytes::show_text;

/// The most bytes of names that are read.
const MOST: u64 = 1 << 20;

/// Names by address.
#[derive(Default)]
pub struct Names(HashMap<IpAddr, String>);

impl Names {
    /// Reads lines of `ADDRESS NAME`; empty ones, and those after a `#`, say
    /// nothing.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or a line begins with no address.
    pub fn read(file: &Path) -> Result<Names> {
        let place = file.display();
        let mut bytes = Vec::new();
        File::open(file)
            .and_then(|file| file.take(MOST).read_to_end(&mut bytes))
            .with_context(|| {
                let reading = "reading the names in {place}";
                tr_with(reading, &[("place", &place)])
            })?;
        let text = String::from_utf8(bytes).with_context(|| {
            tr_with("{place}: save it as UTF-8", &[("place", &place)])
        })?;
        let mut names = HashMap::new();
        for (number, line) in
            text.trim_start_matches('\u{feff}').lines().enumerate()
        {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (ip, name) =
                line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let (Ok(ip), false) = (ip.parse::<IpAddr>(), name.is_empty())
            else {
                bail!(tr_with(
                    "line {line} of {place} is not ADDRESS NAME, as \
                     192.168.1.31 Ming",
                    &[("line", &(number + 1)), ("place", &place)],
                ));
            };
            let name = show_text(name.trim());
            if names.insert(ip.to_canonical(), name).is_some() {
                bail!(tr_with(
                    "line {line} of {place}: {ip} has a name already",
                    &[("line", &(number + 1)), ("place", &place), ("ip", &ip)],
                ));
            }
        }
        Ok(Names(names))
    }

    /// A student's name, made safe for a terminal.
    pub fn of(&self, ip: IpAddr) -> Option<&str> {
        self.0.get(&ip).map(String::as_str)
    }

    /// The address of the student with this name, or of this address.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn find(&self, student: &str) -> Result<IpAddr> {
        if let Ok(ip) = student.parse::<IpAddr>() {
            return Ok(ip.to_canonical());
        }
        let wanted = show_text(student);
        let mut found = self.0.iter().filter(|(_, name)| **name == wanted);
        match (found.next(), found.next()) {
            (Some((ip, _)), None) => Ok(*ip),
            (Some(_), Some(_)) => bail!(tr_with(
                "--follow {wanted}: several students are called so; give the \
                 address",
                &[("wanted", &wanted)],
            )),
            (None, _) => bail!(tr_with(
                "--follow {wanted}: no address, and no name that --names has",
                &[("wanted", &wanted)],
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(text: &str) -> Result<Names> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("names");
        fs::write(&file, text).unwrap();
        Names::read(&file)
    }

    #[test]
    fn each_line_names_an_address() {
        let names =
            names("# table 1\n10.0.0.7 小明\n\n::ffff:10.0.0.8\tA B\r\n");
        let names = names.unwrap();
        assert_eq!(names.of("10.0.0.7".parse().unwrap()), Some("小明"));
        assert_eq!(names.of("10.0.0.8".parse().unwrap()), Some("A B"));
        let found = names.find("A B").unwrap();
        assert_eq!(found, "10.0.0.8".parse::<IpAddr>().unwrap());
        assert!(names.find("nobody").is_err());
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let names = names("10.0.0.7 \u{1b}[31mred\u{202e}").unwrap();
        let name = names.of("10.0.0.7".parse().unwrap()).unwrap();
        assert_eq!(name, "\\u{1b}[31mred\\u{202e}");
    }

    #[test]
    fn a_line_without_an_address_is_named() {
        let error = names("10.0.0.7 Ming\nMei 10.0.0.8\n").err().unwrap();
        assert!(error.to_string().starts_with("line 2 of "), "{error}");
        assert!(names("10.0.0.7").is_err());
    }
}
