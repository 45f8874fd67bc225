//! What lesson 07's programs must withstand.

use std::fmt::Write;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

use super::failure::{Failure, Step, hint, rather};
use super::hints::TIMEOUT;
use super::lesson01::NOBODY_LISTENS;
use super::player::{Bench, Connection, Listener, PATIENCE, PAUSE, pause};
use super::{AS_THE_ARTICLE, BAD_PEER, Check, MANY, ODD, PIECES, Programs};
use crate::catalogue::Side::{Client, Server};

pub const PROGRAMS: Programs = Programs {
    server: &["{host}:{port}", "--key", "{key}"],
    client: &["{host}:{port}", "--key", "{key}"],
    values: &[("key", KEY)],
};

/// The article's.
const KEY: &str = "这是一个秘钥";

/// Longer than a block of the hash function, and beyond ASCII.
const LONG_KEY: &str = "open, sesame! 芝麻开门 芝麻开门 芝麻开门 芝麻开门 \
     芝麻开门 芝麻开门 and close again";

const WELCOME: &str = "合法用户";

/// Random, save that nothing in it is a space, a line's end or NUL.
const CHALLENGE: &[u8; 32] =
    b"\x8f\x1d\xe2\x5c\x07\xb3\x99\x41\xd6\xfa\x12\x6e\xc0\x35\x88\xab\
      \x7b\xe9\x04\x53\xbc\x91\x2d\xf7\x60\xca\x18\xa4\x3f\xd1\x75\xee";

/// As good as any, and what programs that take it for text stumble over.
const ODD_CHALLENGE: &[u8; 32] =
    b"\n\x00 \xff\xe6\xb5\r\n\x00\x00\x1a\x1b[2J\x80\xc3\x28\"\\%s\x00\
      \xf0\x9f\x04\t\x7f\xed \r\n";

const ONE_RECV: &str = "a recv brings what has arrived by now, from one byte on: receive again \
     until all are there; how many there will be is known";
const WHO_HAS_THE_KEY: &str = "send 32 random bytes, receive 32 characters, and print 合法用户, flushed, \
     if they are the HMAC-MD5 of these bytes, in lowercase hex; then close";
const EXACTLY_32: &str = "the proof has 32 characters: receive exactly so many; what comes behind \
     them is no part of it";
const ANY_KEY: &str =
    "the key is the argument in UTF-8, all of it, however long";
const UPPER: &str =
    "the proof goes in lowercase hex: a digest in upper case is another text";
const ONE_CLIENT: &str = "after one client it is over: accept again, in a loop";
const ONE_AT_A_TIME: &str = "each client needs a thread of its own: a recv waits for its client, and \
     with it waits everybody behind";
const NOT_COMPARED: &str = "let nobody pass but who sends exactly the HMAC of this challenge with \
     this key; compare all of it, as it came";
const GONE: &str = "a recv or send fails when the client has gone: that is the end of this \
     client, and not of the server";
const FIRST_32: &str = "the challenge is 32 bytes: ask for so many and not for more, and leave \
     alone what follows";
const END: &str = "a recv of 0 bytes is the end of the stream, not \"nothing yet\": what came \
     before is no whole challenge, so answer nothing and exit with 1";
const DRIPS: &str = "a socket's timeout starts anew with each recv: take the time once, and \
     give each recv what is left of it";

pub const CHECKS: &[Check] = &[
    Check {
        name: "lets in who has the key",
        side: Server,
        stage: AS_THE_ARTICLE,
        purpose: "32 bytes to the client, its proof, 合法用户 on stdout.",
        hint: WHO_HAS_THE_KEY,
        run: |bench| {
            let (mut client, challenge) = challenged(bench)?;
            client.expect_nothing(Duration::from_millis(100)).map_err(hint(
                "the challenge is 32 bytes as they are: not in hex, and with \
                 nothing behind them",
            ))?;
            client.send(proof(KEY, &challenge))?;
            bench.expect_line(WELCOME).map_err(rather(WHO_HAS_THE_KEY))?;
            client.expect_end().map_err(hint(
                "the verdict is not on the wire: close when the proof is \
                 judged, and send nothing more",
            ))
        },
    },
    Check {
        name: "puts the pieces of the proof together",
        side: Server,
        stage: PIECES,
        purpose: "The proof comes five characters at a time.",
        hint: ONE_RECV,
        run: |bench| {
            let (mut client, challenge) = challenged(bench)?;
            for piece in proof(KEY, &challenge).as_bytes().chunks(5) {
                client.offer(piece);
                pause(PAUSE)?;
            }
            bench.expect_line(WELCOME).map_err(rather(ONE_RECV))?;
            client.expect_end()
        },
    },
    Check {
        name: "reads the proof, and not what follows",
        side: Server,
        stage: PIECES,
        purpose: "A newline comes behind the proof: the proof is right.",
        hint: EXACTLY_32,
        run: |bench| {
            let (mut client, challenge) = challenged(bench)?;
            client.send(proof(KEY, &challenge) + "\n")?;
            client.expect_end()?;
            bench.expect_line(WELCOME).map_err(rather(EXACTLY_32))
        },
    },
    Check {
        name: "takes a key of any length",
        side: Server,
        stage: ODD,
        purpose: "The key is long, and beyond ASCII.",
        hint: ANY_KEY,
        run: |bench| {
            bench.give("key", LONG_KEY)?;
            let (mut client, challenge) = challenged(bench)?;
            client.send(proof(LONG_KEY, &challenge))?;
            client.expect_end()?;
            bench.expect_line(WELCOME).map_err(rather(ANY_KEY))
        },
    },
    Check {
        name: "challenges everybody anew",
        side: Server,
        stage: BAD_PEER,
        purpose: "Three clients get three challenges.",
        hint: "a challenge that comes again lets in who has overheard its \
               answer once: take new random bytes from the system for each \
               client",
        run: |bench| {
            let mut all = Vec::new();
            for _ in 0..3 {
                let challenged = challenged(bench);
                let (mut client, challenge) =
                    challenged.map_err(rather(ONE_CLIENT))?;
                if all.contains(&challenge) {
                    let what = "two clients got the same challenge";
                    return Err(Failure::new(what));
                }
                client.send(proof(KEY, &challenge))?;
                client.expect_end()?;
                bench.expect_line(WELCOME).map_err(rather(ONE_CLIENT))?;
                all.push(challenge);
            }
            Ok(())
        },
    },
    Check {
        name: "keeps out who has another key",
        side: Server,
        stage: BAD_PEER,
        purpose: "A proof with another key, and one for another challenge.",
        hint: NOT_COMPARED,
        run: |bench| {
            keeps_out(bench, |challenge| {
                proof("another key", challenge).into_bytes()
            })?;
            keeps_out(bench, |_| proof(KEY, CHALLENGE).into_bytes())
        },
    },
    Check {
        name: "keeps out a proof in upper case",
        side: Server,
        stage: BAD_PEER,
        purpose: "The right digest in capitals is another text.",
        hint: UPPER,
        run: |bench| {
            keeps_out(bench, |challenge| {
                proof(KEY, challenge).to_uppercase().into_bytes()
            })
        },
    },
    Check {
        name: "keeps out half a proof",
        side: Server,
        stage: BAD_PEER,
        purpose: "16 right characters and the end; or the end alone.",
        hint: "a proof that is not whole is none, and an empty one least of \
               all: compare lengths too, as a comparison of the whole does",
        run: |bench| {
            keeps_out(bench, |challenge| {
                proof(KEY, challenge).as_bytes()[..16].to_vec()
            })?;
            keeps_out(bench, |_| Vec::new())
        },
    },
    Check {
        name: "survives an answer that is no text",
        side: Server,
        stage: BAD_PEER,
        purpose: "32 bytes that are no UTF-8 cost nobody but their sender.",
        hint: "not every chunk of bytes is UTF-8: compare the answer as \
               bytes, without decoding it",
        run: |bench| {
            keeps_out(bench, |_| {
                b"\xff\xfe\x80\x00\xe6\xb5\xff\xff".repeat(4)
            })?;
            keeps_out(bench, |_| "海贼王".repeat(4).as_bytes()[..32].to_vec())
        },
    },
    Check {
        name: "outlives clients that go away",
        side: Server,
        stage: BAD_PEER,
        purpose: "They close and reset, before and after the challenge.",
        hint: GONE,
        run: |bench| {
            bench.connect()?.close();
            bench.connect()?.reset()?;
            challenged(bench)?.0.close();
            challenged(bench)?.0.reset()?;
            lets_in(bench).map_err(rather(GONE))
        },
    },
    Check {
        name: "gives up a silent client",
        side: Server,
        stage: BAD_PEER,
        purpose: "No proof comes: it closes the connection in time.",
        hint: "recv waits for ever unless it is told otherwise: set a timeout \
               on each client's socket, and close it once that is over",
        run: |bench| {
            let (mut client, _) = challenged(bench)?;
            bench.note("said nothing");
            client.expect_end()?;
            lets_in(bench)
        },
    },
    Check {
        name: "gives up a proof that drips",
        side: Server,
        stage: BAD_PEER,
        purpose: "A byte now and then: the whole proof has one deadline.",
        hint: DRIPS,
        run: |bench| {
            let (mut client, challenge) = challenged(bench)?;
            let proof = proof(KEY, &challenge);
            if client.drip(&proof[..31], PATIENCE)? {
                return Ok(());
            }
            let what = "it still waited for the proof 12 s later";
            Err(Failure::new(what))
        },
    },
    Check {
        name: "lets nobody wait for a silent client",
        side: Server,
        stage: MANY,
        purpose: "One client says nothing; another is let in meanwhile.",
        hint: ONE_AT_A_TIME,
        run: |bench| {
            let (mut silent, _) = challenged(bench)?;
            bench.note("said nothing with this one");
            lets_in(bench).map_err(rather(ONE_AT_A_TIME))?;
            // Nor was it given up for the sake of the other.
            silent.expect_nothing(PAUSE)
        },
    },
    Check {
        name: "judges a hundred at once",
        side: Server,
        stage: MANY,
        purpose: "A hundred are challenged, then each sends its proof.",
        hint: ONE_AT_A_TIME,
        run: |bench| {
            let clients: Step<Vec<_>> =
                (0..100).map(|_| challenged(bench)).collect();
            let mut clients = clients?;
            for (client, challenge) in clients.iter_mut().rev() {
                client.send(proof(KEY, challenge))?;
            }
            // Lines may run into each other where threads print them.
            bench.expect_printed(&[WELCOME; 100])
        },
    },
    Check {
        name: "proves that it has the key",
        side: Client,
        stage: AS_THE_ARTICLE,
        purpose: "It answers 32 bytes with their HMAC-MD5 in hex, and ends.",
        hint: "receive 32 bytes, send hmac(key, these bytes, md5) in \
               lowercase hex, 32 characters, and end",
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(CHALLENGE)?;
            expect_proof(&mut server, KEY, CHALLENGE)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "puts the pieces of the challenge together",
        side: Client,
        stage: PIECES,
        purpose: "The challenge comes five bytes at a time.",
        hint: ONE_RECV,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            for piece in CHALLENGE.chunks(5) {
                server.offer(piece);
                pause(PAUSE)?;
            }
            expect_proof(&mut server, KEY, CHALLENGE)
                .map_err(rather(ONE_RECV))?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "signs the challenge, and not what follows",
        side: Client,
        stage: PIECES,
        purpose: "40 bytes come: the proof is of 32, or there is none.",
        hint: FIRST_32,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send([&CHALLENGE[..], b"8 more.."].concat())?;
            // What it leaves unread turns its close into a reset.
            let came = match server.receive_all(100) {
                Ok(came) => came,
                Err(failure) => failure.came().to_vec(),
            };
            if came == proof(KEY, CHALLENGE).as_bytes() {
                return bench.expect_exit(0);
            }
            if came.is_empty() {
                return bench.expect_exit(1).or_else(|_| bench.expect_exit(0));
            }
            let what = "what came is not the proof for the first 32 bytes";
            Err(Failure::new(what).bytes(proof(KEY, CHALLENGE), came))
        },
    },
    Check {
        name: "takes the challenge as it is",
        side: Client,
        stage: ODD,
        purpose: "NUL, spaces, line ends, and bytes that are no text.",
        hint: "the challenge is bytes: neither decode it, nor strip it, nor \
               read it line by line",
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            server.send(ODD_CHALLENGE)?;
            expect_proof(&mut server, KEY, ODD_CHALLENGE)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "takes a key of any length",
        side: Client,
        stage: ODD,
        purpose: "The key is long, and beyond ASCII.",
        hint: ANY_KEY,
        run: |bench| {
            bench.give("key", LONG_KEY)?;
            let (_door, mut server) = asked(bench)?;
            server.send(CHALLENGE)?;
            expect_proof(&mut server, LONG_KEY, CHALLENGE)?;
            bench.expect_exit(0)
        },
    },
    Check {
        name: "signs no part of a challenge",
        side: Client,
        stage: BAD_PEER,
        purpose: "The server closes after 0 or 31 bytes: exit code 1.",
        hint: END,
        run: |bench| {
            let door = bench.listen()?;
            for come in [0, 31] {
                let mut server = bench.accept(&door)?;
                server.send(&CHALLENGE[..come])?;
                server.close_sending();
                server.expect_end()?;
                bench.expect_exit(1).map_err(rather(END))?;
                bench.restart()?;
            }
            bench.accept(&door)?.reset()?;
            bench.expect_exit(1)
        },
    },
    NOBODY_LISTENS,
    Check {
        name: "gives up a silent server",
        side: Client,
        stage: BAD_PEER,
        purpose: "The server accepts and says nothing: exit code 1 in time.",
        hint: TIMEOUT,
        run: |bench| {
            let _silent = asked(bench)?;
            bench.note("said nothing");
            bench.expect_exit(1)
        },
    },
    Check {
        name: "gives up a challenge that drips",
        side: Client,
        stage: BAD_PEER,
        purpose: "A byte now and then: the whole challenge has one deadline.",
        hint: DRIPS,
        run: |bench| {
            let (_door, mut server) = asked(bench)?;
            if !server.drip(&CHALLENGE[..31], PATIENCE)? {
                let what = "it still waited for the challenge 12 s later";
                return Err(Failure::new(what));
            }
            bench.expect_exit(1)
        },
    },
];

/// The one right answer.
fn proof(key: &str, challenge: &[u8]) -> String {
    hex(&keyed::<Hmac<Md5>>(key.as_bytes(), challenge))
}

/// HMAC takes keys of any length (RFC 2104), so this never gives nothing.
fn keyed<M: Mac + KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mac = <M as KeyInit>::new_from_slice(key);
    let code = mac.map(|mac| mac.chain_update(text).finalize());
    code.map_or(Vec::new(), |code| code.into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A client of the server, and its challenge.
fn challenged(bench: &mut Bench) -> Step<(Connection, Vec<u8>)> {
    let mut client = bench.connect()?;
    let challenge = client.receive(32)?;
    Ok((client, challenge))
}

/// Expects that somebody with the key is let in.
fn lets_in(bench: &mut Bench) -> Step {
    let (mut client, challenge) = challenged(bench)?;
    client.send(proof(KEY, &challenge))?;
    bench.expect_line(WELCOME)
}

/// Expects that an answer lets nobody in, and that the next client with the
/// key is let in all the same.
fn keeps_out(bench: &mut Bench, answer: fn(&[u8]) -> Vec<u8>) -> Step {
    let lines = |bench: &Bench| {
        let printed = bench.output().0;
        printed.iter().filter(|byte| **byte == b'\n').count()
    };
    let before = lines(bench);
    let (mut client, challenge) = challenged(bench)?;
    client.send(answer(&challenge))?;
    client.close_sending();
    client.expect_end()?;
    lets_in(bench)?;
    // It has printed one line for the second; one for the first would be
    // there by now, or come at once.
    pause(Duration::from_millis(100))?;
    if lines(bench) > before + 1 {
        let what = "it let in both that answer and the right one after it";
        return Err(Failure::new(what));
    }
    Ok(())
}

/// The client's connection; what listens has to stay.
fn asked(bench: &mut Bench) -> Step<(Listener, Connection)> {
    let door = bench.listen()?;
    let server = bench.accept(&door)?;
    Ok((door, server))
}

/// Expects the proof, and the end.
fn expect_proof(server: &mut Connection, key: &str, challenge: &[u8]) -> Step {
    server.expect(proof(key, challenge)).map_err(|failure| {
        match likely(key.as_bytes(), challenge, failure.came()) {
            Some(mistake) => failure.hint(mistake),
            None => failure,
        }
    })?;
    server.expect_end().map_err(hint(
        "the proof is all that is sent, without a newline, and the verdict \
         is not on the wire: end when it is sent",
    ))
}

/// What was sent instead of the proof.
fn likely(key: &[u8], challenge: &[u8], came: &[u8]) -> Option<&'static str> {
    let code = keyed::<Hmac<Md5>>(key, challenge);
    let is = |what: &[u8]| !came.is_empty() && what.starts_with(came);
    let is_hex = |code: Vec<u8>| is(hex(&code).as_bytes());
    let md5 = |parts: [&[u8]; 2]| Md5::digest(parts.concat()).to_vec();
    if is(hex(&code).to_uppercase().as_bytes()) {
        Some(UPPER)
    } else if is(&code) {
        Some(
            "these are the digest's 16 bytes; the proof is their hex, 32 \
             characters (hexdigest)",
        )
    } else if is_hex(keyed::<Hmac<Md5>>(challenge, key)) {
        Some("key and message are swapped: the key comes first")
    } else if is_hex(keyed::<Hmac<Sha256>>(key, challenge)) {
        Some(
            "this is HMAC-SHA256; the lesson's digest is MD5, as long as nothing else is said",
        )
    } else if is_hex(md5([key, challenge])) || is_hex(md5([challenge, key])) {
        Some(
            "this is the hash of key and challenge put together; HMAC is \
             more than that (RFC 2104), and every language has it ready",
        )
    } else {
        None
    }
}
