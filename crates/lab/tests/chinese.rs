//! What lab says in Chinese, and that it says nothing in English then.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

use testkit::{Finished, Program, assert_no_english, root};
use unicode_width::UnicodeWidthStr;

/// What lessons' programs print, whatever lab speaks; and commands.
const PROGRAMS: [&str; 3] =
    ["end of the stream after", "every place is taken", "cargo lab run "];

fn lab(words: &str) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).args(shlex::split(words).unwrap());
    Program::spawn(&mut command).finish()
}

/// Runs it and checks that all is Chinese and fits into 80 columns; gives
/// what it printed.
#[track_caller]
fn speaks(words: &str) -> String {
    let Finished { code, stdout, stderr } = lab(words);
    // Cargo speaks English.
    let own = |line: &&str| !line.starts_with("    ");
    let stderr: Vec<&str> = stderr.lines().filter(own).collect();
    let text = format!("{stdout}{}", stderr.join("\n"));
    assert_no_english(&text, &PROGRAMS);
    let wide: Vec<&str> =
        stdout.lines().filter(|line| line.width() > 80).collect();
    assert!(wide.is_empty(), "{words}, {code:?}: {wide:#?}");
    text
}

#[test]
fn runs_are_drawn_in_chinese() {
    let text = speaks("--lang zh run 01 --legend");
    for words in [
        "第 01 课 · TCP：connect、accept，轮流说话",
        "      ms  客户端                        在路上     服务器\n",
        "    0.00                                           accept 在等待\n",
        "打印 one piece",
        "2 次 send → 2 次 recv：这一次每个 recv 正好取走一次 send",
        "→ 45       发给服务器、它还没有接收的 45 字节",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    let text = speaks("run 05 --lang zh");
    assert!(text.contains("流结束"), "{text}");
    assert!(text.contains("忙 100ms，不接收"), "{text}");
    let text = speaks("run --lang=zh 08");
    assert!(text.contains("等服务器的第一批字节：客户端 1 等了"), "{text}");
}

#[test]
fn an_unreliable_network_is_described_in_chinese() {
    let text = speaks("run 05 --demo udp --loss 50% --lang zh");
    assert!(text.contains("种子 62 · "), "{text}");
    assert!(text.contains("在路上：丢了"), "{text}");
    let text = lab("run 05 --demo merge --cut-after 20 --lang zh").stdout;
    assert!(text.contains("网络：过了 20 字节后切断连接"), "{text}");
    assert!(text.contains("网络在 20 字节之后切断了连接"), "{text}");
}

#[test]
fn help_is_chinese_for_lab_and_for_each_lesson() {
    speaks("--lang zh --help");
    speaks("list --lang zh");
    speaks("run --help --lang zh");
    speaks("class --help --lang zh");
    for lesson in 1..=8 {
        let text = speaks(&format!("run {lesson} --help --lang zh"));
        assert!(text.contains("课的参数：\n"), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_in_chinese() {
    for (words, wrong) in [
        ("frob", "错误：没有 frob 这个命令"),
        ("run 99", "错误：没有第 99 课"),
        ("run 05 --gab 5ms", "错误：这里没有 --gab 这个参数"),
        ("run 01 --message", "错误：--message 要有值：--message TEXT"),
        ("run 01 --on client --buffer 9", "错误：这里没有 --buffer 这个参数"),
        (
            "run 02 --on client --buffer 9",
            "错误：第 02 课的客户端没有 --buffer",
        ),
        ("run 05 --loss 5%", "错误：第 05 课在这里用 TCP"),
        ("run 02 --loss 5", "请写 0% 到 100% 的百分数，例如 30%"),
        ("run 01 --clients x", "错误：x 不能作 --clients <N> 的值"),
        ("run 01 --see", "错误：--see <SEE> 要有一个值（可选：tap"),
        ("run 01 --server a --to 1:1", "不能一起用"),
        ("run", "错误：没有课号时，要给出 --server 和 --client"),
    ] {
        let text = speaks(&format!("--lang zh {words}"));
        assert!(text.contains(wrong), "no {wrong:?} in {text}");
    }
}

#[test]
fn a_chinese_locale_chooses_chinese_and_the_command_line_comes_first() {
    let list = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.current_dir(root()).env("LC_ALL", "zh_CN.UTF-8");
        Program::spawn(command.args(words)).finish().stdout
    };
    assert!(list(&["list"]).contains("先说长度，再发文件"));
    assert!(list(&["list", "--lang", "en"]).contains("say the length first"));
}
