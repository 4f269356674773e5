//! Many processes, on one machine or several: LibAFL's message passing (LLMP).
//!
//! Workers of one machine share memory with the broker of that machine; brokers speak to each other over TCP. What one
//! worker finds new, all run, and keep if it is new to them. The connection is neither encrypted nor checked: it is for
//! machines that trust each other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use libafl::events::{EventConfig, LlmpEventManagerBuilder};
use libafl_bolts::llmp::{Listener, LlmpBroker};
use libafl_bolts::shmem::{ShMemProvider, StdShMem, StdShMemProvider};

use super::State;
use crate::contracts::campaign::{Bench, CampaignError, Event, Report};
use crate::contracts::input::Sequence;

/// How long the broker sleeps when nobody has said anything.
const PAUSE: Duration = Duration::from_millis(2);

/// Hands on what workers and other brokers say, in a thread of its own, until it is dropped.
pub struct Broker {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Broker {
    /// Starts a broker. Others may join it at `listen`; it joins the one at `join`.
    ///
    /// # Errors
    /// [`CampaignError::Engine`] where an address cannot be listened on or joined.
    pub fn start(
        listen: Option<SocketAddr>,
        join: Option<SocketAddr>,
    ) -> Result<Self, CampaignError> {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut address = listen.unwrap_or(SocketAddr::new(loopback, 0));
        if !address.ip().is_loopback() {
            // Workers come over the loopback device.
            address.set_ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        }
        let failed = |error: std::io::Error| CampaignError::Engine(format!("{address}: {error}"));
        let listener = TcpListener::bind(address).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (tell, told) = std::sync::mpsc::channel();
        // Its memory is its thread's.
        let thread = std::thread::spawn(move || {
            let mut broker = match broker(listener, join) {
                Ok(broker) => broker,
                Err(error) => {
                    let _ = tell.send(Err(error));
                    return Ok(());
                }
            };
            let _ = tell.send(Ok(()));
            while !stopped.load(Ordering::Relaxed) {
                let spoke = broker.broker_once().map_err(|error| error.to_string())?;
                if !spoke {
                    std::thread::sleep(PAUSE);
                }
            }
            Ok(())
        });
        let gone = |_| CampaignError::Engine("the broker panicked".to_owned());
        told.recv().map_err(gone)??;
        Ok(Self {
            port,
            stop,
            thread: Some(thread),
        })
    }

    /// Where workers of this machine find it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Why it has ended by itself, if it has.
    pub fn failure(&mut self) -> Option<String> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        match thread.join() {
            Ok(Ok(())) => None,
            Ok(Err(reason)) => Some(reason),
            Err(_) => Some("it panicked".to_owned()),
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn broker(
    listener: TcpListener,
    join: Option<SocketAddr>,
) -> Result<LlmpBroker<(), StdShMem, StdShMemProvider>, CampaignError> {
    let mut broker = LlmpBroker::new(StdShMemProvider::new()?, ())?;
    // Numbers of clients are given in the order in which they come: the other broker is first, for the thread that listens
    // counts on from its own number.
    if let Some(other) = join {
        let joined = broker.inner_mut().connect_b2b(other);
        joined.map_err(|error| CampaignError::Engine(format!("cannot join {other}: {error}")))?;
    }
    broker
        .inner_mut()
        .launch_listener(Listener::Tcp(listener))?;
    Ok(broker)
}

/// Runs a campaign as one of the workers of a broker.
pub(in crate::contracts) fn run_in_group(
    bench: Bench,
    initial: Vec<Sequence>,
    port: u16,
    tell: &mut dyn FnMut(Event),
) -> Result<Report, CampaignError> {
    let manager = LlmpEventManagerBuilder::new().build_on_port::<Sequence, State, _, _>(
        StdShMemProvider::new()?,
        port,
        EventConfig::AlwaysUnique,
    )?;
    super::run(bench, initial, manager, tell)
}
