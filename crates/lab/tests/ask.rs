//! `lab run NN --ask` and `--step`, as a learner uses them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::process::Command;
use std::thread;

use testkit::{Finished, Program, root};
use toml_span::Value;

fn started(arguments: &str) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).env("LC_ALL", "C");
    Program::spawn(command.args(arguments.split(' ')))
}

/// What was printed, without spaces and ends of lines: a text may be broken
/// anywhere.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// A question of a lesson's file: its texts in one language, and which of its
/// answers may be right, each with the reason for it.
struct Question {
    question: String,
    answers: Vec<String>,
    right: Vec<(usize, String)>,
}

fn questions(file: &Value, lang: &str) -> Vec<Question> {
    let text = |value: &Value, path: &str| {
        let text = value.pointer(&format!("{path}/{lang}"));
        text.map(|text| text.as_str().unwrap().to_owned())
    };
    let read = |question: &Value| {
        let answers = question.pointer("/answers").unwrap();
        let answers = answers.as_array().unwrap().iter();
        let right = question
            .pointer("/right")
            .map(|right| usize::try_from(right.as_integer().unwrap()).unwrap());
        let why = text(question, "/why");
        let may_be_right =
            answers.clone().enumerate().filter(|(at, answer)| {
                answer.pointer("/is").is_some() || right == Some(at + 1)
            });
        let right = may_be_right.map(|(at, answer)| {
            let why = text(answer, "/why").or(why.clone());
            (at + 1, why.unwrap())
        });
        Question {
            question: text(question, "").unwrap(),
            right: right.collect(),
            answers: answers.map(|answer| text(answer, "").unwrap()).collect(),
        }
    };
    let questions = file.pointer("/questions").unwrap().as_array().unwrap();
    questions.iter().map(read).collect()
}

/// Runs a lesson without answering, and finds all that its file has.
fn asks_all_of(lesson: &str, file: &str, lang: &str, told: &str) {
    let file = toml_span::parse(file).unwrap();
    let questions = questions(&file, lang);
    assert!((2..=3).contains(&questions.len()), "lesson {lesson}");
    let run = format!("run {lesson} --ask --lang {lang}");
    let finished = started(&run).finish();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    let shown = squeezed(&finished.stdout);
    for Question { question, answers, right } in questions {
        assert!((2..=4).contains(&answers.len()), "{question}");
        let (_, mut rest) =
            shown.split_once(&squeezed(&question)).unwrap_or_else(|| {
                panic!(
                    "lesson {lesson} is not asked: {question}\n{finished:#?}"
                )
            });
        for (place, answer) in answers.iter().enumerate() {
            let item = format!("{}{}", place + 1, squeezed(answer));
            let after = rest.strip_prefix(&item);
            rest = after.unwrap_or_else(|| panic!("no {item}: {finished:#?}"));
        }
        let (_, verdict) = rest.split_once(&squeezed(told)).unwrap();
        let verdict = verdict.trim_start_matches(['.', '。']);
        let is_told = right.iter().any(|(number, why)| {
            let end = if lang == "en" { "." } else { "。" };
            let words = format!("{number}{end}{}", squeezed(why));
            verdict.starts_with(&words)
        });
        assert!(is_told, "{question}: {verdict}");
    }
}

#[test]
fn every_lessons_questions_have_a_place_and_an_answer_in_its_run() {
    let folders = fs::read_dir(root().join("lessons")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().path());
    let lessons: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    assert!(lessons.len() >= 8, "{lessons:?}");
    thread::scope(|scope| {
        for folder in lessons {
            scope.spawn(move || {
                let name = folder.file_name().unwrap().to_str().unwrap();
                let file = folder.join("questions.toml");
                let file = fs::read_to_string(&file)
                    .unwrap_or_else(|error| panic!("{file:?}: {error}"));
                asks_all_of(&name[..2], &file, "en", "The right answer is");
                asks_all_of(&name[..2], &file, "zh", "正确答案是");
            });
        }
    });
}

#[test]
fn a_choice_is_judged_and_other_input_is_explained() {
    let mut lab = started("run 02 --ask");
    lab.wait_for_stdout("Your answer, 1 to 3");
    assert!(!lab.stdout_so_far().contains("send #1"));
    lab.type_in("9\n");
    lab.wait_for_stdout("That is none of the answers");
    lab.type_in("1\n");
    lab.wait_for_stdout("No, the right answer is 3.");
    lab.wait_for_stdout("Question 2");
    lab.type_in(" ２ \n");
    lab.wait_for_stdout("\nRight.\n");
    lab.wait_for_stdout("Question 3");
    assert!(!lab.stdout_so_far().contains("send #2"));
    lab.type_in("\n");
    lab.wait_for_stdout("\nThe right answer is 1.\n");
    let finished = lab.finish();
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    for words in ["send #2", "2 sends → 2 recvs", "Right answers: 1 of 3."] {
        assert!(finished.stdout.contains(words), "{finished:#?}");
    }
    assert!(!finished.stdout.contains('\u{1b}'), "{finished:#?}");
}

#[test]
fn the_right_answer_is_the_runs_own() {
    // However busy the machine is, the answer is what was drawn.
    let finished =
        started("run 05 --ask --demo merge --busy 0ms --gap 50ms").finish();
    let recvs = finished.stdout.matches("▶ recv ").count();
    let right = match recvs {
        5 => "The right answer is 1.",
        1 => "The right answer is 2.",
        _ => "The right answer is 3.",
    };
    assert!(finished.stdout.contains(right), "{recvs}, {finished:#?}");
    let finished = started("run 03 --ask --encoding gbk").finish();
    let told = finished.stdout.split("Question 2").next().unwrap();
    assert!(told.contains("The right answer is 2."), "{finished:#?}");
}

#[test]
fn a_question_without_a_place_in_the_run_is_left_out() {
    let split = started("run 05 --ask --demo split").finish();
    assert!(split.stdout.contains("The first send had 18"), "{split:#?}");
    assert!(!split.stdout.contains("five sends"), "{split:#?}");
    let udp = started("run 05 --ask --demo udp").finish();
    assert!(udp.stdout.contains("No question fits"), "{udp:#?}");
    assert_eq!(udp.code, Some(0), "{udp:#?}");
}

#[test]
fn only_a_lesson_has_questions() {
    let finished = started("run --ask --server s --client c").finish();
    finished.failed_with(&["the questions are a lesson's"]);
}

#[test]
fn the_environment_chooses_the_language() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(root()).env("LC_ALL", "zh_CN.UTF-8");
    let finished =
        Program::spawn(command.args(["run", "02", "--ask"])).finish();
    for words in ["问题 1：", "你的答案", "答对 0 题，共 3 题。"]
    {
        assert!(finished.stdout.contains(words), "{finished:#?}");
    }
}

/// The rows that were drawn since the head of the picture was drawn last.
fn rows(lab: &Program) -> usize {
    let shown = lab.stdout_so_far();
    let (_, picture) = shown.rsplit_once("on way     server\n").unwrap();
    // A slow start is a gap.
    picture.lines().filter(|line| !line.contains('⋮')).count()
}

#[test]
fn step_shows_a_row_at_each_enter_and_goes_back_at_b() {
    let mut lab = started("run 01 --step");
    lab.wait_for_stdout("Enter: next, b: back, q: end\n");
    lab.wait_for_stdout("on way     server\n");
    assert_eq!(rows(&lab), 0);
    lab.type_in("\n");
    lab.wait_for_stdout("    0.00  ");
    assert_eq!(rows(&lab), 1);
    lab.type_in("next\nx\n");
    lab.wait_for_stdout("There is no key x here.");
    assert_eq!(rows(&lab), 3);
    let heads = "on way     server\n    0.00  ";
    assert_eq!(lab.stdout_so_far().matches(heads).count(), 1);
    lab.type_in("back\nx\n");
    lab.wait_for_stdout("here. Enter: next, b: back, q: end.\n\nlesson 01");
    lab.type_in("\n\n");
    let finished = lab.finish();
    assert_eq!(finished.stdout.matches(heads).count(), 2, "{finished:#?}");
    assert_eq!(finished.code, Some(0), "{finished:#?}");
    assert!(finished.stdout.contains("2 sends → 2 recvs"), "{finished:#?}");
    assert!(!finished.stdout.contains('\u{1b}'), "{finished:#?}");
}

#[test]
fn q_ends_a_run_that_is_shown() {
    for run in ["run 05 --step", "run 05 --ask", "run 05 --ask --step"] {
        let mut lab = started(run);
        lab.type_in("q\n");
        let Finished { code, stdout, stderr } = lab.finish();
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        assert!(!stdout.contains("split"), "{stdout}");
        assert!(!stdout.contains("5 sends"), "{stdout}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_at_a_prompt() {
    for (run, prompt) in [
        ("run 01 --ask", "Your answer"),
        ("run 01 --step", "on way     server\n"),
    ] {
        let lab = started(run);
        lab.wait_for_stdout(prompt);
        let id = lab.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.unwrap().success());
        assert_eq!(lab.finish().code, Some(130));
    }
}
