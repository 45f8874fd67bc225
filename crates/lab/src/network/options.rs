//! The network's options, and whether they fit a lesson's protocol.

use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use programs::lang::{tr, tr_with};

use super::fate::Odds;

/// What the command line says about the network.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "An unreliable network between the two sides")]
pub struct NetworkOptions {
    /// UDP: lose this share of the datagrams
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    loss: Option<f64>,

    /// UDP: pass on this share of the datagrams twice
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    duplicate: Option<f64>,

    /// UDP: hold this share back until a later datagram has passed
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    reorder: Option<f64>,

    /// UDP: choose other datagrams to lose, double and reorder [default: 62]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// TCP: pass on at most this many bytes at a time
    #[arg(long, value_name = "BYTES",
          value_parser = clap::value_parser!(u32).range(1..))]
    fragment: Option<u32>,

    /// TCP: close each connection after this many bytes, both directions
    /// counted together
    #[arg(long, value_name = "BYTES")]
    cut_after: Option<u64>,

    /// Both: delay everything, as 50ms; with --fragment, each piece anew
    #[arg(long, value_name = "TIME", value_parser = duration)]
    delay: Option<Duration>,
}

/// Used when no other seed is given. By it, at --loss 50% lesson 02's second
/// try succeeds, and lesson 05's five datagrams show every fault.
const SEED: u64 = 62;

/// How a network of one protocol is to misbehave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Faults {
    Udp(UdpFaults),
    Tcp(TcpFaults),
}

/// How datagrams fare.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UdpFaults {
    pub odds: Odds,
    pub delay: Duration,
    pub seed: u64,
}

/// How streams fare.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TcpFaults {
    /// The most bytes to pass on at a time.
    pub fragment: Option<usize>,
    pub delay: Duration,
    pub cut_after: Option<u64>,
}

impl Faults {
    /// A network that only watches.
    pub fn none(udp: bool) -> Faults {
        if udp {
            Faults::Udp(UdpFaults::default())
        } else {
            Faults::Tcp(TcpFaults::default())
        }
    }

    /// What has to be known to see the same again.
    pub fn seed(&self) -> Option<u64> {
        match self {
            Faults::Udp(faults) if faults.odds == Odds::default() => None,
            Faults::Udp(faults) => Some(faults.seed),
            Faults::Tcp(_) => None,
        }
    }
}

impl NetworkOptions {
    /// The network of a run; none, if no option asks for one.
    ///
    /// # Errors
    ///
    /// When an option does not fit the run's protocol.
    pub fn faults(
        &self,
        lesson: Option<&str>,
        udp: bool,
    ) -> Result<Option<Faults>> {
        let what = match lesson {
            Some(number) => tr_with("lesson {number}", &[("number", &number)]),
            None => tr("this run").to_owned(),
        };
        let for_udp = [
            ("--loss", self.loss.is_some()),
            ("--duplicate", self.duplicate.is_some()),
            ("--reorder", self.reorder.is_some()),
            ("--seed", self.seed.is_some()),
        ];
        let for_tcp = [
            ("--fragment", self.fragment.is_some()),
            ("--cut-after", self.cut_after.is_some()),
        ];
        let named = |options: &[(&'static str, bool)]| {
            options.iter().find(|(_, given)| *given).map(|(name, _)| *name)
        };
        if let (Some(name), true) = (named(&for_tcp), udp) {
            bail!(tr_with(
                "{what} runs over UDP here, which passes datagrams \
                 on whole or not at all: {name} is for TCP; UDP has --loss, \
                 --duplicate, --reorder and --delay",
                &[("what", &what), ("name", &name)],
            ));
        }
        if let (Some(name), false) = (named(&for_udp), udp) {
            let instead = match lesson {
                Some("05") => tr(", such as this lesson's --demo udp"),
                _ => "",
            };
            bail!(tr_with(
                "{what} runs over TCP here, which loses, doubles and \
                 reorders nothing: {name} is for UDP{instead}; TCP has \
                 --fragment, --cut-after and --delay",
                &[("what", &what), ("name", &name), ("instead", &instead)],
            ));
        }
        let given = named(&for_udp).or(named(&for_tcp)).is_some();
        if !given && self.delay.is_none() {
            return Ok(None);
        }
        let delay = self.delay.unwrap_or_default();
        Ok(Some(if udp {
            Faults::Udp(UdpFaults {
                odds: Odds {
                    loss: self.loss.unwrap_or_default(),
                    duplicate: self.duplicate.unwrap_or_default(),
                    reorder: self.reorder.unwrap_or_default(),
                },
                delay,
                seed: self.seed.unwrap_or(SEED),
            })
        } else {
            Faults::Tcp(TcpFaults {
                fragment: self.fragment.map(|most| most as usize),
                delay,
                cut_after: self.cut_after,
            })
        }))
    }
}

/// Reads a percentage, as a chance from 0 to 1.
fn percent(text: &str) -> Result<f64, String> {
    text.strip_suffix('%')
        .and_then(|number| number.parse().ok())
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent: f64| percent / 100.0)
        .ok_or_else(|| {
            tr("give a percentage from 0% to 100%, such as 30%").into()
        })
}

/// The longest delay: far more than any program here waits.
const LONGEST: f64 = 60.0;

/// Reads a time such as `50ms` or `1.5s`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or_default(), 1.0),
    };
    let seconds = number.parse().map(|number: f64| number * unit);
    match seconds {
        Ok(seconds) if (0.0..=LONGEST).contains(&seconds) => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err(tr("give a time of at most 60s, such as 50ms or 1.5s").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        options: NetworkOptions,
    }

    fn faults(number: &str, udp: bool, words: &str) -> Result<Option<Faults>> {
        let words = ["lab"].into_iter().chain(words.split_whitespace());
        Alone::try_parse_from(words)?.options.faults(Some(number), udp)
    }

    #[test]
    fn without_options_there_is_no_network() {
        assert_eq!(faults("02", true, "").unwrap(), None);
        assert_eq!(faults("01", false, "").unwrap(), None);
    }

    #[test]
    fn percentages_and_times_are_read() {
        let words = "--loss 30% --duplicate 12.5% --delay 1.5s --seed 7";
        let wanted = UdpFaults {
            odds: Odds { loss: 0.3, duplicate: 0.125, reorder: 0.0 },
            delay: Duration::from_millis(1500),
            seed: 7,
        };
        let read = faults("02", true, words).unwrap();
        assert_eq!(read, Some(Faults::Udp(wanted)));
        let words = "--fragment 1 --cut-after 3000 --delay 5ms";
        let wanted = TcpFaults {
            fragment: Some(1),
            delay: Duration::from_millis(5),
            cut_after: Some(3000),
        };
        let read = faults("06", false, words).unwrap();
        assert_eq!(read, Some(Faults::Tcp(wanted)));
    }

    #[test]
    fn what_is_no_percentage_and_no_time_is_refused() {
        for words in [
            "--loss 30",
            "--loss 101%",
            "--loss -1%",
            "--loss NaN%",
            "--delay 5",
            "--delay -5ms",
            "--delay 1h",
            "--delay infs",
            "--fragment 0",
        ] {
            assert!(faults("05", true, words).is_err(), "{words}");
        }
    }

    #[test]
    fn an_option_of_the_other_protocol_is_refused() {
        let error = faults("02", true, "--fragment 1").unwrap_err();
        assert!(error.to_string().contains("--fragment is for TCP"));
        let error = faults("06", false, "--seed 1").unwrap_err();
        assert!(error.to_string().contains("--seed is for UDP; TCP has"));
        let error = faults("05", false, "--loss 1%").unwrap_err();
        assert!(error.to_string().contains("--demo udp"), "{error}");
    }
}
