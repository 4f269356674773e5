//! `gasworks lsp`: a language server over standard input and output.
//!
//! What there is to say of a source is the assembler's to know. This file keeps to the protocol's order of events;
//! `transport` frames messages, `server` keeps the session, `requests` answers.

use std::io::{self, BufReader};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use serde_json::{Value, json};

use crate::terminal;
use requests::Refusal;
use server::Server;
use transport::{ErrorCode, Incoming, Message, Notification, Request, Response};

mod diagnostics;
mod documents;
mod rename;
mod requests;
mod server;
mod text;
mod transport;
mod workspace;

/// Messages that may wait while one is worked on.
const WAITING: usize = 64;

/// Serve editors: a language server over standard input and output.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
An editor starts this by itself. It gets diagnostics while one types, hover texts, definitions, references, renaming,
symbols, completion and formatting of .eas files.

Exit status: 0 after the editor has asked for a shutdown, 1 if it ended without.

Examples:
  gasworks lsp")]
pub struct Args {
    /// What some editors say by habit; there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Runs the verb; the exit status is described in its help.
pub fn run(_: &Args) -> ExitCode {
    match serve() {
        Ok(status) => status,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => terminal::error(error),
    }
}

/// How far a session has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Running,
    ShutDown,
}

fn serve() -> io::Result<ExitCode> {
    let messages = incoming();
    let mut server = Server::default();
    let mut stage = Stage::Waiting;
    loop {
        // Programs are checked when the editor has nothing more to say for the moment.
        let next = match messages.try_recv() {
            Ok(next) => next,
            Err(TryRecvError::Empty) => {
                for told in server.refresh() {
                    let told = Notification::new("textDocument/publishDiagnostics".into(), told);
                    transport::write(&Message::Notification(told))?;
                }
                messages.recv().unwrap_or(Incoming::End)
            }
            Err(TryRecvError::Disconnected) => Incoming::End,
        };
        match next {
            Incoming::Message(Message::Request(request)) => {
                let answer = answer(&mut server, &mut stage, request);
                transport::write(&Message::Response(answer))?;
            }
            Incoming::Message(Message::Notification(told)) if told.method == "exit" => break,
            Incoming::Message(Message::Notification(told)) => {
                if stage == Stage::Running {
                    server.notified(&told.method, told.params);
                }
            }
            // Nothing was asked of the editor.
            Incoming::Message(Message::Response(_)) => {}
            Incoming::Malformed(why) => transport::write_malformed(&why)?,
            Incoming::End => break,
        }
    }
    Ok(match stage {
        Stage::ShutDown => ExitCode::SUCCESS,
        Stage::Waiting | Stage::Running => ExitCode::FAILURE,
    })
}

/// What comes in, read on a thread of its own, which ends with its input or with the process.
fn incoming() -> Receiver<Incoming> {
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::spawn(move || {
        let mut input = BufReader::new(io::stdin());
        loop {
            // A stream that cannot be read has ended.
            let next = transport::read(&mut input).unwrap_or(Incoming::End);
            let is_end = matches!(next, Incoming::End);
            if sender.send(next).is_err() || is_end {
                return;
            }
        }
    });
    receiver
}

fn answer(server: &mut Server, stage: &mut Stage, request: Request) -> Response {
    let Request { id, method, params } = request;
    let refused = |code: ErrorCode, why: String| Response::new_err(id.clone(), code as i32, why);
    match (*stage, method.as_str()) {
        (Stage::Waiting, "initialize") => {
            *stage = Stage::Running;
            succeeded(id, server.initialize(&params))
        }
        (Stage::Waiting, _) => {
            let why = "the session has not been initialized".to_owned();
            refused(ErrorCode::ServerNotInitialized, why)
        }
        (Stage::ShutDown, _) => refused(
            ErrorCode::InvalidRequest,
            "the session has been shut down".to_owned(),
        ),
        (Stage::Running, "initialize") => {
            let why = "the session has been initialized before".to_owned();
            refused(ErrorCode::InvalidRequest, why)
        }
        (Stage::Running, "shutdown") => {
            *stage = Stage::ShutDown;
            succeeded(id, json!(null))
        }
        (Stage::Running, method) => match requests::answer(server, method, params) {
            Ok(result) => succeeded(id, result),
            Err(Refusal::UnknownMethod) => {
                refused(ErrorCode::MethodNotFound, format!("{method} is not known"))
            }
            Err(Refusal::BadParameters(why)) => refused(ErrorCode::InvalidParams, why),
            Err(Refusal::Failed(why)) => refused(ErrorCode::RequestFailed, why),
        },
    }
}

fn succeeded(id: transport::RequestId, result: Value) -> Response {
    Response {
        id,
        response_result: Ok(result),
    }
}
