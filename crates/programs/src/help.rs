//! The command line's own words: help, and what is wrong with an argument.

use std::error::Error as _;
use std::ffi::OsString;

use clap::builder::Str;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, Error};

use unicode_width::UnicodeWidthStr;

use crate::lang::{Lang, chinese, lang, tr, tr_with};

/// What is longer stands below its argument, so that it fits in 80 columns.
const ROOM: usize = 56;

/// Parses the words of a command line, or explains them and exits.
pub fn matches<I, T>(command: Command, words: I) -> ArgMatches
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let mut command = translated(command);
    command.try_get_matches_from_mut(words).unwrap_or_else(|error| exit(&error))
}

/// Explains what is wrong with a command line, and exits.
pub fn exit(error: &Error) -> ! {
    let is_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_help || lang() == Lang::English {
        error.exit();
    }
    anstream::eprintln!("{}", explain(error));
    std::process::exit(error.exit_code());
}

/// The same command with its help in the language that is spoken.
pub fn translated(mut command: Command) -> Command {
    if lang() == Lang::English {
        return command;
    }
    command.build();
    in_chinese(command)
}

/// The help of a command and of all below it, piece by piece.
pub fn texts(command: &Command) -> Vec<String> {
    let about = command.get_about().into_iter().chain(command.get_after_help());
    let help = command.get_arguments().filter_map(Arg::get_help);
    let mut texts: Vec<String> =
        about.chain(help).map(ToString::to_string).collect();
    let headings = command.get_arguments().filter_map(Arg::get_help_heading);
    texts.extend(headings.map(str::to_owned));
    texts.extend(command.get_subcommands().flat_map(self::texts));
    texts
}

fn in_chinese(command: Command) -> Command {
    let about =
        command.get_about().map(|text| tr(&text.to_string()).to_owned());
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{}{{usage}}\n\n\
         {{all-args}}{{after-help}}",
        tr("Usage: ")
    );
    let mut command = command
        .help_template(template)
        .subcommand_help_heading(chinese("Commands").unwrap_or_default())
        .mut_args(argument)
        .mut_subcommands(in_chinese);
    let help = command.get_arguments().filter_map(Arg::get_help);
    let mut widths = help.map(|text| text.to_string().width());
    let is_long = widths.any(|width| width > ROOM);
    drop(widths);
    command = command.next_line_help(is_long);
    if let Some(about) = about {
        command = command.about(about);
    }
    let after = command.get_after_help().map(ToString::to_string);
    match after {
        Some(after) => command.after_help(tr(&after).to_owned()),
        None => command,
    }
}

fn argument(arg: Arg) -> Arg {
    let heading = match arg.get_help_heading() {
        Some(heading) => heading,
        None if arg.is_positional() => "Arguments",
        None => "Options",
    };
    let heading = chinese(heading);
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let mut help = tr(&help).to_owned();
    let takes_value = arg.get_action().takes_values();
    let default = arg.get_default_values();
    if takes_value && !default.is_empty() {
        let values = default.iter().map(|value| value.to_string_lossy());
        let value = values.collect::<Vec<_>>().join(tr(", "));
        help += &tr_with(" [default: {value}]", &[("value", &value)]);
    }
    let possible = arg.get_possible_values();
    if takes_value && !possible.is_empty() {
        let names = possible.iter().map(|value| value.get_name());
        let names = names.collect::<Vec<_>>().join(tr(", "));
        help += &tr_with(" [possible values: {names}]", &[("names", &names)]);
    }
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<Str> = names
        .iter()
        .map(|name| chinese(name).map_or(name.clone(), Str::from))
        .collect();
    // Under a heading of its own, clap sorts by name.
    let order = arg.get_index();
    let arg = match order {
        Some(order) => arg.display_order(order),
        None => arg,
    };
    let arg = arg
        .help_heading(heading)
        .help(help)
        .hide_default_value(true)
        .hide_possible_values(true);
    if takes_value { arg.value_names(names) } else { arg }
}

/// What is wrong with a command line, in lines.
fn explain(error: &Error) -> String {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(tr(", ")),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    };
    let argument = named(ContextKind::InvalidArg);
    let value = named(ContextKind::InvalidValue);
    let values: [(&str, &dyn std::fmt::Display); 3] = [
        ("argument", &argument),
        ("value", &value),
        ("other", &named(ContextKind::PriorArg)),
    ];
    let wrong = match error.kind() {
        ErrorKind::UnknownArgument => "there is no argument {argument} here",
        ErrorKind::InvalidSubcommand => {
            return lines(
                &tr_with(
                    "there is no command {command}",
                    &[("command", &named(ContextKind::InvalidSubcommand))],
                ),
                &named(ContextKind::SuggestedSubcommand),
                &named(ContextKind::Usage),
            );
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            "{argument} needs a value"
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            "{value} is no value for {argument}"
        }
        ErrorKind::MissingRequiredArgument => "this is missing: {argument}",
        ErrorKind::ArgumentConflict => {
            "{argument} and {other} do not go together"
        }
        _ => "the command line is wrong here: {argument}",
    };
    let mut wrong = tr_with(wrong, &values);
    // The parsers of the standard library speak English alone.
    let why = error.source().map(ToString::to_string);
    if let Some(why) = why.filter(|why| !why.is_ascii()) {
        wrong += &tr_with(": {why}", &[("why", &why)]);
    }
    let possible = named(ContextKind::ValidValue);
    if !possible.is_empty() {
        let names = [("names", &possible as &dyn std::fmt::Display)];
        wrong += &tr_with(" [possible values: {names}]", &names);
    }
    let suggested = named(ContextKind::SuggestedArg);
    lines(&wrong, &suggested, &named(ContextKind::Usage))
}

fn lines(wrong: &str, suggested: &str, usage: &str) -> String {
    let mut lines = vec![tr_with("error: {error}", &[("error", &wrong)])];
    if !suggested.is_empty() {
        let suggested = [("name", &suggested as &dyn std::fmt::Display)];
        lines.push(tr_with("Did you mean {name}?", &suggested));
    }
    if !usage.is_empty() {
        lines.push(usage.replacen("Usage: ", tr("Usage: "), 1));
    }
    lines.push(tr("For more, try --help.").to_owned());
    lines.join("\n\n")
}
