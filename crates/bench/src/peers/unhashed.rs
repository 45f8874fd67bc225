//! Lesson 07 without a hash: a challenge goes out, a proof comes in, and
//! nobody looks at it. All else is as in the lesson.

use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use common::Deadline;
use hmac_auth::fresh_challenge;
use tap::{TcpListener, TcpStream};

const TIMEOUT: Duration = Duration::from_secs(5);

pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    super::ready(listener.local_addr()?);
    common::each_client(
        &listener,
        || (),
        |mut stream, _, ()| exchange(&mut stream),
    )
}

fn exchange(stream: &mut TcpStream) -> Result<()> {
    let deadline = Deadline::after(TIMEOUT);
    stream.set_write_timeout(Some(TIMEOUT))?;
    let challenge = fresh_challenge().context("asking for random bytes")?;
    stream.write_all(&challenge).context("sending the challenge")?;
    let mut answer = [0; 32];
    deadline
        .read_exact(stream, &mut answer)
        .context("waiting for its proof")?;
    common::print("合法用户")?;
    Ok(())
}
