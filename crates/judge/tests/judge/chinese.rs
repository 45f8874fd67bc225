//! What the judge says in Chinese, and that it says nothing in English then.

use std::process::Command;

use testkit::{assert_no_english, python_path, root};
use unicode_width::UnicodeWidthStr;

/// What is printed of programs, and what names one.
const PROGRAMS: [&str; 3] =
    ["cargo lab check", "no such format", "the date is"];

#[track_caller]
fn speaks(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_judge"));
    command.current_dir(root()).args(["--lang", "zh"]);
    let output = command.args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stdout = text(&output.stdout);
    let wide = |line: &&str| {
        let is_command = line.contains("check ") || line.contains(".py");
        line.width() > 80 && !is_command
    };
    let wide: Vec<&str> = stdout.lines().filter(wide).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    // Cargo speaks English.
    let stderr = text(&output.stderr);
    let own = |line: &&str| !line.starts_with("    ");
    let stderr: Vec<&str> = stderr.lines().filter(own).collect();
    let text = format!("{stdout}{}", stderr.join("\n"));
    assert_no_english(&text, &PROGRAMS);
    text
}

#[track_caller]
fn shows(text: &str, words: &[&str]) {
    for words in words {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
}

#[test]
fn all_checks_are_listed_in_chinese() {
    for lesson in programs::LESSONS {
        let text = speaks(&["check", lesson.number, "--list"]);
        shows(&text, &["阶段 1 · 像原文那样", " · 客户端 · {host} {port}"]);
    }
}

#[test]
fn a_program_that_passes_is_praised_in_chinese() {
    let text = speaks(&["check", "01", "server", "--only", "一条消息"]);
    shows(&text, &["通过  回答一条消息\n", "\n服务器通过了这一项检查。\n"]);
}

#[test]
fn a_failure_is_explained_in_chinese() {
    let program = "import socket, sys\n\
        s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n\
        c = s.accept()[0]\n\
        print(c.recv(1024))\n\
        c.sendall(b'hai zei')\n\
        c.close()\n";
    let Some(python) = python_path() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.py");
    std::fs::write(&file, program).unwrap();
    let command = ["--", &python, file.to_str().unwrap(), "{port}"];
    let words = [&["check", "01", "server"], &command[..]].concat();
    let text = speaks(&words);
    shows(
        &text,
        &[
            "失败  回答一条消息\n",
            "    裁判：连接上了\n    裁判发送了 9 字节：\n",
            // Whether it has ended by then is a race.
            "    但是：来的是别的字节",
            "    期待 9 字节：\n",
            "^^ 第一处不同在上面\n",
            "    提示：接收一次，打印，用 UTF-8 发送 海贼王，关闭\n",
            "第一个失败在阶段 1：像原文那样。",
        ],
    );
}

#[test]
fn what_is_wrong_with_a_command_is_said_in_chinese() {
    let wrong = speaks(&["check", "01", "sever"]);
    shows(&wrong, &["错误：sever 不能作 [SIDE] 的值"]);
    let wrong = speaks(&["check", "01", "server", "--", "a"]);
    shows(&wrong, &["错误：命令里要有 {port}"]);
    let wrong = speaks(&["check", "--liste"]);
    shows(&wrong, &["错误：这里没有 --liste 这个参数", "--list"]);
    for help in [&["--help"][..], &["check", "--help"], &["start", "--help"]] {
        shows(&speaks(help), &["用法：cargo lab", "选项:"]);
    }
}

#[test]
fn a_starting_point_says_in_chinese_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    for lesson in programs::LESSONS {
        for language in ["rust", "python"] {
            let words = ["start", lesson.number, language, "--into", into];
            shows(&speaks(&words), &["写好了", "服务器应该做什么？写得对吗？"]);
        }
        let own = format!("{}-{}", lesson.number, lesson.package);
        let file = folder.path().join(own).join("server.py");
        let text = std::fs::read_to_string(file).unwrap();
        shows(&text, &["课，服务器：由你来写。", "# 要打印的写到 stdout"]);
        let comments = text.lines().filter(|line| line.starts_with("# "));
        let comments: Vec<&str> = comments.collect();
        assert_no_english(&comments.join("\n"), &[]);
        let wide = comments.iter().filter(|line| line.width() > 80);
        assert_eq!(wide.count(), 0, "{text}");
    }
}
