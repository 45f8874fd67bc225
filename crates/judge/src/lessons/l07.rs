//! What lesson 07's programs must do.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

use programs::lang::tr;

use super::{Dialogue, Programs, nothing};
use crate::faults;
use crate::hints::{IMPATIENT, RESET, SERVES_ON, TIMEOUT};
use crate::outcome::{Kind, Outcome, Stop};
use crate::script::Stage::{Article, BadPeer, Many, Odd, Pieces};
use crate::script::{
    Check, Step, accept, after, call, client, close, close_sending, connect,
    drip, ends, expect, expect_end, give, pause, reset, restart, send,
    send_pieces, server,
};
use crate::trial::wait::{
    self, LEAST_PATIENCE, PATIENCE, PAUSE, Wait, is_in_doubt,
};
use crate::trial::{Trial, gave_up};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--key", "{key}"],
    client: &["{host}:{port}", "--key", "{key}"],
    values: &[("key", KEY)],
    dialogue: Dialogue {
        server: &[WELCOME],
        client: &[],
        typed: "",
        prepare: nothing,
        client_ends: true,
        lives_on: true,
    },
};

/// The article's.
const KEY: &str = "这是一个秘钥";

/// Longer than a block of the hash function, and beyond ASCII.
const LONG_KEY: &str = "open, sesame! 芝麻开门 芝麻开门 芝麻开门 芝麻开门 \
     芝麻开门 芝麻开门 and close again";

/// One that is found again in whatever else is printed.
const SECRET: &str = "open-sesame-4711";

const WELCOME: &str = "合法用户";

/// Random, save that nothing in it is a space, a line's end or NUL, and that
/// no byte of its HMAC begins with a zero.
const CHALLENGE: &[u8; 32] =
    b"\x01\x1d\xe2\x5c\x07\xb3\x99\x41\xd6\xfa\x12\x6e\xc0\x35\x88\xab\
      \x7b\xe9\x04\x53\xbc\x91\x2d\xf7\x60\xca\x18\xa4\x3f\xd1\x75\xee";

/// Its HMAC begins with two zeros.
const ZERO_CHALLENGE: &[u8; 32] =
    b"\x0e\x5c\xe2\x5c\x07\xb3\x99\x41\xd6\xfa\x12\x6e\xc0\x35\x88\xab\
      \x7b\xe9\x04\x53\xbc\x91\x2d\xf7\x60\xca\x18\xa4\x3f\xd1\x75\xee";

/// As good as any, and what programs that take it for text stumble over.
const ODD_CHALLENGE: &[u8; 32] =
    b"\n\x00 \xff\xe6\xb5\r\n\x00\x00\x1a\x1b[2J\x80\xc3\x28\"\\%s\x00\
      \xf0\x9f\x04\t\x7f\xed \r\n";

const ONE_RECV: &str = "a recv brings what has arrived by now, from one byte \
    on: receive again until all are there; how many there will be is known";
const WHO_HAS_THE_KEY: &str = "send 32 random bytes, receive 32 characters, \
    and print 合法用户, flushed, if they are the HMAC-MD5 of these bytes, in \
    lowercase hex; then close";
const RAW: &str = "the challenge is 32 bytes as they are: not in hex, and with \
    nothing behind them";
const NO_VERDICT: &str = "the verdict is not on the wire: close when the proof \
    is judged, and send nothing more";
const EXACTLY_32: &str = "the proof has 32 characters: receive exactly so \
    many; what comes behind them is no part of it";
const ANY_KEY: &str = "the key is the argument in UTF-8, all of it, however \
    long";
const UPPER: &str = "the proof goes in lowercase hex: a digest in upper case \
    is another text";
const ONE_CLIENT: &str = "after one client it is over: accept again, in a loop";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a recv \
    waits for its client, and with it waits everybody behind";
const OWN_CHALLENGE: &str = "all were challenged, and not all were let in: \
    each proof belongs to its own client's challenge, so keep that in a \
    variable of the one who serves this client";
const NOTHING_PRINTED: &str = "the client prints nothing, and waits for no \
    verdict, since none is sent; what it has to say belongs on stderr";
const NOT_COMPARED: &str = "let nobody pass but who sends exactly the HMAC of \
    this challenge with this key; compare all of it, as it came";
const SILENT: &str = "who is not let in must show: say on stderr who it was, \
    and why (a wrong proof, none in time, the end before it)";
const NO_TRACEBACK: &str = "a traceback is no sentence: catch the error where \
    one client is served, say on stderr what went wrong and with whom, and \
    serve the next one";
const ON_STDOUT: &str = "stdout is for 合法用户 alone: why somebody is not let \
    in goes to stderr";
const FORESEEN: &str = "who can foresee a challenge can ask for its proof \
    beforehand: take all 32 bytes from the operating system's random numbers \
    (os.urandom(32), crypto.randomBytes, getrandom), for each client anew, and \
    never from a counter, a clock, digits, or a seed of your own";
const KEY_SHOWN: &str = "the key is the one thing that is secret: print it \
    nowhere, for anybody who sees the screen or the log has it as well";
const FIRST_32: &str = "the challenge is 32 bytes: ask for so many and not for \
    more, and leave alone what follows";
const END: &str = "a recv of 0 bytes is the end of the stream, not \"nothing \
    yet\": what came before is no whole challenge, so answer nothing and exit \
    with 1";
const DRIPS: &str = "a socket's timeout starts anew with each recv: take the \
    time once, and give each recv what is left of it";
const ALL_THERE_IS: &str = "the proof is all that is sent, without a newline: \
    end when it is sent";
const DIGESTMOD: &str = "since Python 3.8, hmac.new has to be given the hash \
    function: hmac.new(key, challenge, \"md5\")";
const ZEROS: &str = "a leading zero is lost: each byte is two characters of \
    hex, 0a and not a; a number written in hex has no leading zeros, so write \
    bytes (hexdigest, %02x)";
const AS_BYTES: &str = "the challenge is bytes: neither decode it, nor strip \
    it, nor read it line by line, nor sign its hex";
const DIGEST: &str = "these are the digest's 16 bytes; the proof is their hex, \
    32 characters (hexdigest)";
const IN_BASE64: &str = "this is base64; the proof is the digest in hex, 32 \
    characters (hexdigest)";
const REPR: &str = "b'…' is how Python shows bytes, not what is in them: turn \
    a text into bytes with encode(), not with str() or repr()";
const SWAPPED: &str = "key and message are swapped: the key comes first";
const SHA256: &str = "this is HMAC-SHA256; the lesson's digest is MD5, as long \
    as nothing else is said";
const NO_HMAC: &str = "this is the hash of key and challenge put together; \
    HMAC is more than that (RFC 2104), and every language has it ready";

type Variant = fn(&[u8], &[u8]) -> Vec<u8>;

/// What is sent, or wanted, instead of the proof.
const MISTAKES: &[(Variant, &str)] = &[
    (|key, text| hex(&keyed::<Hmac<Sha256>>(key, text)), SHA256),
    (|key, text| HEXUPPER.encode(&code(key, text)).into(), UPPER),
    (code, DIGEST),
    (|key, text| BASE64.encode(&code(key, text)).into(), IN_BASE64),
    (|key, text| [b"b'", &hex(&code(key, text))[..], b"'"].concat(), REPR),
    (|key, text| hex(&code(text, key)), SWAPPED),
    (|key, text| hex(&Md5::digest([key, text].concat())), NO_HMAC),
    (|key, text| hex(&Md5::digest([text, key].concat())), NO_HMAC),
    (|key, text| hex(&code(key, &hex(text))), AS_BYTES),
    (
        |key, text| {
            let text = String::from_utf8_lossy(text);
            hex(&code(key, text.as_bytes()))
        },
        AS_BYTES,
    ),
    (
        |key, text| {
            let code = code(key, text);
            let digits = code.iter().map(|byte| format!("{byte:x}"));
            digits.collect::<String>().into()
        },
        ZEROS,
    ),
    (
        |key, text| {
            let proof = HEXLOWER.encode(&code(key, text));
            proof.trim_start_matches('0').into()
        },
        ZEROS,
    ),
];

/// The one right answer.
fn proof(key: &str, challenge: &[u8]) -> Vec<u8> {
    hex(&code(key.as_bytes(), challenge))
}

fn code(key: &[u8], text: &[u8]) -> Vec<u8> {
    keyed::<Hmac<Md5>>(key, text)
}

/// HMAC takes keys of any length (RFC 2104), so this never gives nothing.
fn keyed<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(key);
    let code = mac.map(|mac| mac.chain_update(text).finalize());
    code.map_or(Vec::new(), |code| code.into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    HEXLOWER.encode(bytes).into()
}

/// Hints at the mistake behind one kind of failure.
fn when(kind: Kind, hint: &'static str) -> impl Fn(Stop) -> Stop {
    move |stop| match stop {
        Stop::Mismatch(mismatch) if mismatch.kind == kind => {
            Stop::Mismatch(mismatch).with_hint(hint)
        }
        other => other,
    }
}

/// Looks for what Python says of an HMAC without a hash function.
fn digestmod(trial: &Trial, stop: Stop) -> Stop {
    let stderr = String::from_utf8_lossy(&trial.stderr()).into_owned();
    let unnamed = stderr.contains("digestmod");
    if unnamed { stop.with_hint(DIGESTMOD) } else { stop }
}

/// A client of the server: its challenge.
fn challenged(trial: &mut Trial) -> Outcome<Vec<u8>> {
    trial.connect("peer")?;
    let challenge = trial.receive_exactly("peer", 32)?;
    trial.skip_stderr();
    Ok(challenge)
}

/// Expects that somebody with this key is let in; gives the challenge.
fn lets_in_with(trial: &mut Trial, key: &str) -> Outcome<Vec<u8>> {
    let challenge = challenged(trial)?;
    trial.send("peer", &proof(key, &challenge))?;
    let printed = trial.prints(WELCOME);
    printed.map_err(|stop| digestmod(trial, stop))?;
    trial.expect_end("peer").map_err(when(Kind::More, NO_VERDICT))?;
    Ok(challenge)
}

fn lets_in(trial: &mut Trial) -> Outcome {
    lets_in_with(trial, KEY).map(drop)
}

fn welcomes() -> Vec<Step> {
    vec![call("lets in who has the key", lets_in)]
}

/// The first dialogue: where it fails, other answers show what is wrong.
fn lets_in_first(trial: &mut Trial) -> Outcome {
    let challenge = challenged(trial)?;
    let brief = Duration::from_millis(100);
    trial.quiet("peer", brief).map_err(when(Kind::More, RAW))?;
    trial.send("peer", &proof(KEY, &challenge))?;
    if let Err(stop) = trial.prints(WELCOME) {
        let stop = digestmod(trial, stop);
        return Err(match taken_for_the_proof(trial) {
            Some(mistake) => stop.with_hint(mistake),
            None => stop,
        });
    }
    trial.expect_end("peer").map_err(when(Kind::More, NO_VERDICT))
}

/// Which other answer it lets in, if any.
fn taken_for_the_proof(trial: &mut Trial) -> Option<&'static str> {
    let wait = Wait::new(PATIENCE);
    if !trial.stdout().is_empty() {
        return None;
    }
    trial.did(tr("tried which other answer it takes for the proof"));
    for (variant, mistake) in MISTAKES {
        let challenge = challenged(trial).ok()?;
        let answer = variant(KEY.as_bytes(), &challenge);
        if answer == proof(KEY, &challenge) {
            continue;
        }
        trial.send("peer", &answer).ok()?;
        trial.connection("peer").ok()?.close_sending();
        trial.receive_all("peer", 1).ok()?;
        if trial.has_printed() {
            return Some(mistake);
        }
        if wait.is_over() {
            break;
        }
    }
    None
}

/// Expects a sentence about a client that was not let in.
fn says_why(trial: &mut Trial) -> Outcome {
    trial
        .explains()
        .map_err(when(Kind::Traceback, NO_TRACEBACK))
        .map_err(when(Kind::Wordless, SILENT))
}

/// Expects that an answer lets nobody in, that this is said, and that the
/// next client with the key is let in all the same.
fn keeps_out(trial: &mut Trial, answer: fn(&[u8]) -> Vec<u8>) -> Outcome {
    let before = trial.stdout().len();
    let challenge = challenged(trial)?;
    let said = trial.stderr().len();
    let answer = answer(&challenge);
    trial.send("peer", &answer)?;
    if answer.len() < 32 {
        trial.connection("peer")?.close_sending();
    }
    // The verdict shows on one of the two.
    let wait = Wait::new(PATIENCE);
    while trial.stdout().len() == before
        && trial.stderr().len() == said
        && !trial.has_ended()?
        && wait.goes_on()?
    {}
    only(trial, before, 0)?;
    says_why(trial)?;
    trial.expect_end("peer")?;
    if let Err(stop) = lets_in(trial) {
        let what = tr("it ended after a wrong answer");
        let ended = trial.has_ended()?;
        let end = Stop::mismatch(Kind::TooEarly, what);
        return Err(if ended { end } else { stop });
    }
    // One line for the first would be there by now, or come at once.
    wait::pause(Duration::from_millis(100))?;
    only(trial, before, 1)
}

fn kept_out(sentence: &'static str, play: fn(&mut Trial) -> Outcome) -> Step {
    call(sentence, play).hint(Kind::TooEarly, SERVES_ON)
}

/// Expects that so many were let in, and nothing else was printed.
fn only(trial: &Trial, since: usize, welcome: usize) -> Outcome {
    let printed = trial.stdout();
    let printed = printed.get(since..).unwrap_or_default();
    let text = String::from_utf8_lossy(printed);
    if text.matches(WELCOME).count() > welcome {
        let what = tr("it let in somebody whose answer was not the proof");
        return Err(Stop::mismatch(Kind::Other, what));
    }
    if text.lines().count() > welcome {
        let what = tr("it printed something on stdout about a wrong answer");
        return Err(Stop::mismatch(Kind::More, what).with_hint(ON_STDOUT));
    }
    Ok(())
}

/// Expects that it waits for 5 s, of which 3 pass.
fn waits(trial: &mut Trial) -> Outcome {
    let challenge = challenged(trial)?;
    let since = Instant::now();
    let slow = trial
        .quiet("peer", Duration::from_secs(3))
        .and_then(|()| trial.send("peer", &proof(KEY, &challenge)));
    let late = since.elapsed() > Duration::from_secs(4);
    slow.and_then(|()| trial.prints(WELCOME))
        .map_err(|stop| if late { Stop::TooBusy } else { stop })
}

/// Expects that it closes the connection of a silent client in its time.
fn gives_up(trial: &mut Trial) -> Outcome {
    challenged(trial)?;
    trial.did(tr("said nothing"));
    let since = Instant::now();
    let received = trial.receive_all("peer", 1)?;
    if !received.bytes.is_empty() {
        let what = tr("it sent something to a silent client");
        return Err(Stop::mismatch(Kind::More, what));
    }
    if received.end.is_none() {
        let what = tr("it still waited for the proof 12 s later");
        return Err(Stop::mismatch(Kind::NotEnded, what));
    }
    let waited = since.elapsed();
    if waited < LEAST_PATIENCE {
        let what = gave_up(waited);
        return Err(trial.with_end(Kind::TooEarly, &what));
    }
    if is_in_doubt(waited) {
        return Err(Stop::TooBusy);
    }
    says_why(trial)
}

/// Expects challenges that do not come again, in one run of it or the next,
/// and of which nothing can be foreseen.
fn cannot_be_foreseen(trial: &mut Trial) -> Outcome {
    let mut all = Vec::new();
    for number in 0..8 {
        if number == 6 {
            trial.did(tr("started it again, at another port"));
            trial.stop();
            trial.move_to(Ipv4Addr::LOCALHOST)?;
        }
        all.push(lets_in_with(trial, KEY)?);
    }
    // By chance none of these happens once in a thousand million times.
    let alike = |of: fn(u8, u8) -> u8| {
        (1..32).any(|at| {
            let mut each = all.iter().map(|c| of(c[at - 1], c[at]));
            let first = each.next();
            each.all(|byte| Some(byte) == first)
        })
    };
    let (first, next) = all.split_at(6);
    let repeats = |challenge: &Vec<u8>| {
        let mut bytes = challenge.clone();
        bytes.sort_unstable();
        bytes.dedup();
        bytes.len() <= 16
    };
    let what = if next.iter().any(|challenge| first.contains(challenge)) {
        "started again, it sent a challenge that it had sent before"
    } else if alike(|a, _| a) || alike(|_, b| b) {
        "its challenges have a byte in common, each at the same place"
    } else if alike(|a, b| b.wrapping_sub(a)) {
        "in all its challenges a byte follows from the one before it"
    } else if all.iter().all(|challenge| challenge.is_ascii()) {
        "its challenges are text, of fewer than 256 different bytes"
    } else if all.iter().any(repeats) {
        "half the bytes of a challenge are in it twice"
    } else {
        return Ok(());
    };
    Err(Stop::mismatch(Kind::Other, tr(what)))
}

/// Expects that the key is nowhere in what it has printed.
fn hides_the_key(trial: &mut Trial) -> Outcome {
    let printed = [trial.stdout(), trial.stderr()].concat();
    let printed = String::from_utf8_lossy(&printed).to_lowercase();
    let hex = HEXLOWER.encode(SECRET.as_bytes());
    let base64 = BASE64.encode(SECRET.as_bytes()).to_lowercase();
    if [SECRET, &hex, &base64].iter().any(|key| printed.contains(*key)) {
        let what = tr("its key stands in what it printed");
        return Err(Stop::mismatch(Kind::Other, what));
    }
    Ok(())
}

fn hides() -> Step {
    call("has not printed its key", hides_the_key).or_hint(KEY_SHOWN)
}

/// Expects that one client is let in while another says nothing.
fn nobody_waits(trial: &mut Trial) -> Outcome {
    challenged(trial)?;
    trial.did(tr("said nothing with this one"));
    let silent = trial.take("peer")?;
    let let_in = lets_in(trial);
    // Nor was it given up for the sake of the other.
    trial.put("silent", silent);
    let both = let_in.and_then(|()| trial.quiet("silent", PAUSE));
    trial.take("silent").map(drop)?;
    both.map_err(|stop| unless_busy(trial, stop))
}

/// A failure, unless a client that is alone has to wait as well.
fn unless_busy(trial: &mut Trial, stop: Stop) -> Stop {
    let since = Instant::now();
    let busy = lets_in(trial).is_ok() && since.elapsed() > LEAST_PATIENCE;
    if busy { Stop::TooBusy } else { stop }
}

/// Expects that a hundred are challenged, and then each is let in.
fn judges_a_hundred(trial: &mut Trial) -> Outcome {
    trial.connect("peer")?;
    let since = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..100 {
        let asked = Instant::now();
        let challenge = challenged(trial)?;
        clients.push((trial.take("peer")?, proof(KEY, &challenge)));
        if asked.elapsed() > Duration::from_secs(3) {
            clients.clear();
            let what = tr("a client was challenged only when another had gone");
            let stop = Stop::mismatch(Kind::Nothing, what);
            return Err(unless_busy(trial, stop));
        }
    }
    trial.did(tr("sent a hundred proofs, the last one first"));
    let mut backwards = clients.iter_mut().rev();
    let sent = backwards.try_for_each(|(peer, proof)| peer.send(proof));
    let late = since.elapsed() > Duration::from_secs(4);
    let all = vec![WELCOME.to_owned(); 100];
    let judged = sent.and_then(|()| trial.prints_all(&all));
    judged.map_err(|stop| {
        let with_zero = clients.iter().filter(|(_, p)| p.starts_with(b"0"));
        let lost = with_zero.count();
        let printed = String::from_utf8_lossy(&trial.stdout()).into_owned();
        let let_in = printed.matches(WELCOME).count();
        if late {
            Stop::TooBusy
        } else if lost > 0 && let_in + lost == 100 {
            stop.with_hint(ZEROS)
        } else {
            stop.with_hint(OWN_CHALLENGE)
        }
    })
}

/// Expects the proof; what came instead may show the mistake.
fn expect_proof(trial: &mut Trial, challenge: &[u8]) -> Outcome {
    let right = proof(KEY, challenge);
    let received = trial.receive_all("peer", right.len())?;
    let (mut came, end) = (received.bytes, received.end);
    if came == right {
        return Ok(());
    }
    if end.is_none() && came.len() == right.len() {
        came.extend(trial.receive_all("peer", 100)?.bytes);
    }
    if end.is_some() {
        // Its last words may name the mistake.
        trial.wait_for_end(LEAST_PATIENCE)?;
    }
    let (kind, what) = if came.is_empty() {
        (Kind::Nothing, tr("no proof came"))
    } else {
        (Kind::Other, tr("what came is not the proof"))
    };
    let stop = trial.with_end(kind, what).with_bytes(&right, &came);
    let stop = digestmod(trial, stop);
    let mut mistakes = MISTAKES.iter();
    let is = |variant: Variant| variant(KEY.as_bytes(), challenge) == came;
    Err(match mistakes.find(|(variant, _)| is(*variant)) {
        Some((_, mistake)) => stop.with_hint(mistake),
        None => stop,
    })
}

/// Expects a proof of the first 32 bytes, or none.
fn signs_the_first(trial: &mut Trial) -> Outcome {
    let came = trial.receive_all("peer", 100)?.bytes;
    // What it leaves unread turns its close into a reset.
    if came.is_empty() {
        return trial.ends(1).or_else(|_| trial.ends(0));
    }
    let right = proof(KEY, CHALLENGE);
    if came != right {
        let what = tr("what came is not the proof for the first 32 bytes");
        let stop = Stop::mismatch(Kind::Other, what);
        return Err(stop.with_bytes(right, came));
    }
    trial.ends(0)
}

/// The proof with this key, and nothing behind it.
fn proves(key: &str, challenge: &[u8]) -> Vec<Step> {
    vec![
        expect("peer", proof(key, challenge)),
        expect_end("peer").hint(Kind::More, ALL_THERE_IS),
        ends(0).hint(Kind::More, NOTHING_PRINTED),
    ]
}

fn asked() -> Vec<Step> {
    vec![accept("peer")]
}

/// The article's dialogue.
fn asks() -> Vec<Step> {
    let challenge = vec![accept("peer"), send("peer", CHALLENGE)];
    after(challenge, proves(KEY, CHALLENGE))
}

pub fn checks() -> Vec<Check> {
    let asked_then = |steps: fn() -> Vec<Step>| move || after(asked(), steps());
    vec![
        server(
            Article,
            "lets in who has the key",
            "32 bytes to the client, its proof, 合法用户 on stdout.",
            WHO_HAS_THE_KEY,
            || {
                let let_in = call("lets in who has the key", lets_in_first);
                vec![let_in.hint(Kind::Nothing, WHO_HAS_THE_KEY)]
            },
        ),
        server(
            Pieces,
            "puts the pieces of the proof together",
            "The proof comes five characters at a time.",
            ONE_RECV,
            || {
                let pieces = call("sends the proof in pieces", |trial| {
                    let proof = proof(KEY, &challenged(trial)?);
                    for piece in proof.chunks(5) {
                        let _ = trial.send("peer", piece);
                        wait::pause(PAUSE)?;
                    }
                    trial.prints(WELCOME)?;
                    trial.expect_end("peer")
                });
                vec![pieces.hint(Kind::Nothing, ONE_RECV)]
            },
        ),
        server(
            Pieces,
            "reads the proof, and not what follows",
            "A newline comes behind the proof: the proof is right.",
            EXACTLY_32,
            || {
                let more = call("sends the proof and a newline", |trial| {
                    let proof = proof(KEY, &challenged(trial)?);
                    trial.send("peer", &[&proof[..], b"\n"].concat())?;
                    trial.prints(WELCOME)?;
                    trial.expect_end("peer")
                });
                vec![more.hint(Kind::Nothing, EXACTLY_32)]
            },
        ),
        server(
            Odd,
            "takes a key of any length",
            "The key is long, and beyond ASCII.",
            ANY_KEY,
            || {
                let let_in = call("lets in who has that key", |trial| {
                    lets_in_with(trial, LONG_KEY).map(drop)
                });
                let let_in = let_in.hint(Kind::Nothing, ANY_KEY);
                vec![give("key", LONG_KEY), let_in]
            },
        ),
        faults::listens_where_told(welcomes),
        faults::patient(welcomes),
        server(
            BadPeer,
            "challenges everybody anew",
            "Three clients get three challenges.",
            "a challenge that comes again lets in who has overheard its \
             answer once: take new random bytes from the system for each \
             client",
            || {
                let anew = call("challenges three clients", |trial| {
                    let mut all = Vec::new();
                    for _ in 0..3 {
                        let first = all.is_empty();
                        let let_in = lets_in_with(trial, KEY);
                        let challenge = let_in.map_err(|stop| {
                            if first {
                                stop
                            } else {
                                stop.with_hint(ONE_CLIENT)
                            }
                        })?;
                        if all.contains(&challenge) {
                            let what = tr("two clients got the same challenge");
                            return Err(Stop::mismatch(Kind::Other, what));
                        }
                        all.push(challenge);
                    }
                    Ok(())
                });
                vec![anew]
            },
        ),
        server(
            BadPeer,
            "challenges so that nobody can foresee it",
            "Eight challenges, two after a new start: nothing is in common.",
            FORESEEN,
            || vec![call("compares eight challenges", cannot_be_foreseen)],
        ),
        server(
            BadPeer,
            "keeps out who has another key",
            "A proof with another key, and one for another challenge.",
            NOT_COMPARED,
            || {
                vec![
                    kept_out("keeps out who has another key", |trial| {
                        keeps_out(trial, |c| proof("another key", c))
                    }),
                    kept_out(
                        "keeps out a proof of another challenge",
                        |trial| keeps_out(trial, |_| proof(KEY, CHALLENGE)),
                    ),
                ]
            },
        ),
        server(
            BadPeer,
            "keeps out a proof in upper case",
            "The right digest in capitals is another text.",
            UPPER,
            || {
                vec![kept_out("keeps out capitals", |trial| {
                    keeps_out(trial, |c| proof(KEY, c).to_ascii_uppercase())
                })]
            },
        ),
        server(
            BadPeer,
            "keeps out half a proof",
            "16 right characters, none, or 31 and a wrong one.",
            "a proof that is not whole is none, and an empty one least of \
             all: compare all 32 characters, and their number",
            || {
                vec![
                    kept_out("keeps out half a proof", |trial| {
                        keeps_out(trial, |c| proof(KEY, c)[..16].to_vec())
                    }),
                    kept_out("keeps out an empty answer", |trial| {
                        keeps_out(trial, |_| Vec::new())
                    }),
                    kept_out("keeps out a wrong last character", |trial| {
                        keeps_out(trial, |c| {
                            [&proof(KEY, c)[..31], b"x"].concat()
                        })
                    }),
                ]
            },
        ),
        server(
            BadPeer,
            "survives an answer that is no text",
            "32 bytes that are no UTF-8 cost nobody but their sender.",
            "not every chunk of bytes is UTF-8: compare the answer as bytes, \
             without decoding it",
            || {
                vec![
                    call("keeps out bytes that are no text", |trial| {
                        keeps_out(trial, |_| b"\xff\xfe\x80\0".repeat(8))
                    }),
                    call("keeps out a text that is cut", |trial| {
                        keeps_out(trial, |_| {
                            "海贼王".repeat(4).as_bytes()[..32].to_vec()
                        })
                    }),
                ]
            },
        ),
        server(
            BadPeer,
            "outlives clients that go away",
            "They close and reset, before and after the challenge.",
            SERVES_ON,
            || {
                let challenge = || {
                    call("takes the challenge", |trial| {
                        challenged(trial).map(drop)
                    })
                };
                let gone = vec![
                    connect("peer"),
                    close("peer"),
                    connect("peer"),
                    reset("peer"),
                    challenge(),
                    close("peer"),
                    call("says so on stderr", says_why),
                    challenge(),
                    reset("peer"),
                    call("says so on stderr", says_why),
                ];
                after(gone, welcomes())
            },
        ),
        server(
            BadPeer,
            "waits for a slow client",
            "The proof comes 3 s later.",
            IMPATIENT,
            || vec![call("sends the proof after 3 s", waits)],
        ),
        server(
            BadPeer,
            "gives up a silent client",
            "No proof comes: it closes the connection in time.",
            "recv waits for ever by default: set a timeout \
             of 5 s on each client's socket, and close it once that is over",
            || {
                let given_up = call("gives up a silent client", gives_up);
                let given_up = given_up.hint(Kind::TooEarly, IMPATIENT);
                after(vec![given_up], welcomes())
            },
        ),
        server(
            BadPeer,
            "gives up a proof that drips",
            "A byte now and then: the whole proof has one deadline.",
            DRIPS,
            || {
                let dripped = vec![
                    call("takes the challenge", |trial| {
                        challenged(trial).map(drop)
                    }),
                    drip("peer", [b'0'; 31]),
                ];
                after(dripped, welcomes())
            },
        ),
        server(
            BadPeer,
            "keeps its key to itself",
            "The key is nowhere in what it prints, whatever happens.",
            WHO_HAS_THE_KEY,
            || {
                vec![
                    give("key", SECRET),
                    call("lets in who has that key", |trial| {
                        lets_in_with(trial, SECRET).map(drop)
                    }),
                    call("keeps out who has another key", |trial| {
                        let challenge = challenged(trial)?;
                        trial.send("peer", &proof(KEY, &challenge))?;
                        says_why(trial)?;
                        trial.expect_end("peer")
                    }),
                    hides(),
                ]
            },
        ),
        server(
            Many,
            "lets nobody wait for a silent client",
            "One client says nothing; another is let in meanwhile.",
            ONE_AT_A_TIME,
            || {
                let meanwhile = call("lets in another one", nobody_waits);
                vec![meanwhile.hint(Kind::Nothing, ONE_AT_A_TIME)]
            },
        ),
        server(
            Many,
            "judges a hundred at once",
            "A hundred are challenged, then each sends its proof.",
            ONE_AT_A_TIME,
            || vec![call("lets in a hundred at once", judges_a_hundred)],
        ),
        client(
            Article,
            "proves that it has the key",
            "It answers 32 bytes with their HMAC-MD5 in hex, and ends.",
            "receive 32 bytes, send hmac(key, these bytes, md5) in lowercase \
             hex, 32 characters, and end",
            asked_then(|| {
                vec![
                    send("peer", CHALLENGE),
                    call("it sends the proof", |trial| {
                        expect_proof(trial, CHALLENGE)
                    }),
                    expect_end("peer").hint(Kind::More, ALL_THERE_IS),
                    ends(0).hint(Kind::More, NOTHING_PRINTED),
                ]
            }),
        ),
        client(
            Pieces,
            "puts the pieces of the challenge together",
            "The challenge comes five bytes at a time.",
            ONE_RECV,
            asked_then(|| {
                let pieces =
                    send_pieces("peer", CHALLENGE, 5).or_hint(ONE_RECV);
                after(vec![pieces], proves(KEY, CHALLENGE))
            }),
        ),
        client(
            Pieces,
            "signs the challenge, and not what follows",
            "40 bytes come: the proof is of 32, or there is none.",
            FIRST_32,
            asked_then(|| {
                vec![
                    send("peer", [&CHALLENGE[..], b"8 more.."].concat()),
                    close_sending("peer"),
                    call("it signs the first 32", signs_the_first),
                ]
            }),
        ),
        client(
            Odd,
            "takes the challenge as it is",
            "NUL, spaces, line ends, and bytes that are no text.",
            AS_BYTES,
            asked_then(|| {
                let sent = vec![send("peer", ODD_CHALLENGE)];
                after(sent, proves(KEY, ODD_CHALLENGE))
            }),
        ),
        client(
            Odd,
            "keeps a leading zero",
            "The proof begins with zeros, which belong to it.",
            ZEROS,
            asked_then(|| {
                vec![
                    send("peer", ZERO_CHALLENGE),
                    call("it sends the proof", |trial| {
                        expect_proof(trial, ZERO_CHALLENGE)
                    }),
                    ends(0),
                ]
            }),
        ),
        client(
            Odd,
            "takes a key of any length",
            "The key is long, and beyond ASCII.",
            ANY_KEY,
            || {
                let given = vec![
                    give("key", LONG_KEY),
                    accept("peer"),
                    send("peer", CHALLENGE),
                ];
                after(given, proves(LONG_KEY, CHALLENGE))
            },
        ),
        faults::goes_where_told(asks),
        client(
            BadPeer,
            "signs no part of a challenge",
            "The server closes after 31 bytes: exit code 1.",
            END,
            asked_then(|| {
                vec![
                    send("peer", &CHALLENGE[..31]),
                    close_sending("peer"),
                    expect_end("peer").or_hint(END),
                    ends(1).hint(Kind::NotEnded, END),
                ]
            }),
        ),
        client(
            BadPeer,
            "takes the end for no challenge",
            "The server closes, and says nothing: exit code 1.",
            END,
            faults::gone(asked),
        ),
        client(
            BadPeer,
            "notices a server that resets",
            "The connection breaks: exit code 1, and no panic.",
            RESET,
            faults::broken(asked),
        ),
        faults::nobody_listens(),
        client(
            BadPeer,
            "waits for a slow server",
            "The challenge comes 3 s later.",
            IMPATIENT,
            asked_then(|| {
                let late = vec![
                    pause(Duration::from_secs(3)),
                    send("peer", CHALLENGE),
                ];
                after(late, proves(KEY, CHALLENGE))
            }),
        ),
        client(
            BadPeer,
            "gives up a silent server",
            "The server accepts and says nothing: exit code 1 in time.",
            TIMEOUT,
            faults::silent(asked),
        ),
        client(
            BadPeer,
            "gives up a challenge that drips",
            "A byte now and then: the whole challenge has one deadline.",
            DRIPS,
            asked_then(|| vec![drip("peer", &CHALLENGE[..31]), ends(1)]),
        ),
        client(
            BadPeer,
            "keeps its key to itself",
            "The key is nowhere in what it prints, whatever happens.",
            END,
            || {
                vec![
                    give("key", SECRET),
                    accept("peer"),
                    send("peer", CHALLENGE),
                    expect("peer", proof(SECRET, CHALLENGE)),
                    ends(0),
                    hides(),
                    restart(),
                    accept("peer"),
                    close("peer"),
                    ends(1),
                    hides(),
                ]
            },
        ),
    ]
}
