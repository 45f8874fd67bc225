//! A command as one line: split into its words, and put together again, by
//! the rules of the system.

/// Splits a command's line as a shell would; nothing where a quote is open.
#[cfg(unix)]
pub fn split(line: &str) -> Option<Vec<String>> {
    shlex::split(line)
}

/// Splits a command's line as Windows does (CommandLineToArgvW): a backslash
/// is a letter like others, and the quotes are double ones.
#[cfg(windows)]
pub fn split(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if line.is_empty() {
        return Some(Vec::new());
    }
    Some(windows_args::Args::parse_cmd(line).collect())
}

/// The line that one would type for these words.
#[cfg(unix)]
pub fn join(words: &[String]) -> String {
    let words = words.iter().map(String::as_str);
    shlex::try_join(words).unwrap_or_default()
}

/// The line that one would type for these words, in PowerShell or cmd.
#[cfg(windows)]
pub fn join(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        let special =
            |c: char| c.is_whitespace() || "\"'&|<>;(){}$`".contains(c);
        if word.is_empty() || word.contains(special) {
            format!("\"{}\"", word.replace('"', "\\\""))
        } else {
            word.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{join, split};

    #[test]
    fn words_with_blanks_and_no_letters_come_back_from_their_line() {
        let words = ["python", "my server.py", "", "海贼"].map(String::from);
        assert_eq!(split(&join(&words)).unwrap(), words);
    }

    #[test]
    #[cfg(windows)]
    fn backslashes_stay_on_windows() {
        let words = split(r#" C:\work\a.exe "C:\my files\b.py" {port}"#);
        let expected = [r"C:\work\a.exe", r"C:\my files\b.py", "{port}"];
        assert_eq!(words.unwrap(), expected);
        assert_eq!(split("  ").unwrap(), Vec::<String>::new());
    }

    #[test]
    #[cfg(unix)]
    fn a_line_with_an_open_quote_is_no_command() {
        assert_eq!(split("python3 'server.py"), None);
    }
}
