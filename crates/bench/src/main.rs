//! Figures, each beside the limit that was measured in the same run with the same generator and cores.
//!
//! Invariants: commits are durable in everything that is compared; a limit writes the rows that the product wrote, read back from its own
//! tables; nothing is warmed up for one side only. It knows how to drive the product and how to do without it; it decides nothing.

mod bare;
mod board;
mod corridor;
mod cpu;
mod decisions;
mod http;
mod inbound;
mod latency;
mod lifecycles;
mod load;
mod memory;
mod phone;
mod place;
mod raw;
mod rows;
mod shop;
mod sockets;
mod start;
mod together;
mod town;
mod verify;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use place::Database;

/// The allocator the product ships with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Flags {
    /// What is measured.
    #[arg(value_enum, default_value = "all")]
    what: What,
    /// One database only; otherwise both, PostgreSQL where SEAWAY_TEST_POSTGRES says where it is.
    #[arg(long, value_enum)]
    database: Option<Database>,
    /// Messages of one measurement.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Callers at the same time; several make several measurements.
    #[arg(long, value_delimiter = ',', default_value = "64,256")]
    callers: Vec<usize>,
    /// Case of the corridor: known, new; or one connector.
    #[arg(long)]
    case: Option<String>,
    /// No account of (f) sends more than so many messages a second: all limits together are beyond one database.
    #[arg(long, default_value_t = 50.0)]
    most: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    All,
    /// The engine alone, without HTTP.
    Corridor,
    /// (a) Signed webhooks to answers.
    Inbound,
    /// (b) From webhook to desk at 200 texts a second.
    Latency,
    /// (c) Memory of idle visitors' sockets.
    Sockets,
    /// (d) Memory and cold start of the shipped program.
    Memory,
    /// (e) Webhooks verified and read, connector by connector, on one core.
    Connectors,
    /// (f) Every channel at once at its provider's pace, and one provider that does not answer.
    Together,
    /// (g) Decisions of the router, among few and among very many.
    Decisions,
    /// (h) Tasks from arrival to end, each step durable.
    Lifecycles,
    /// (i) How soon a router is there where very many wait.
    Start,
    /// (k) A supervisor's look at a very large workspace.
    Board,
    /// Only a shop behind a server, for (c).
    #[value(hide = true)]
    Shop,
}

fn main() -> Result<()> {
    let flags = Flags::parse();
    // As the shipped program does.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if flags.what == What::Shop {
            return sockets::shop().await;
        }
        if matches!(flags.what, What::All | What::Connectors) {
            verify::measure(flags.case.as_deref().filter(|_| flags.what == What::Connectors))?;
        }
        if matches!(flags.what, What::All | What::Decisions) {
            decisions::measure()?;
        }
        if matches!(flags.what, What::All | What::Board) {
            board::measure()?;
        }
        for database in place::wanted(flags.database) {
            if matches!(flags.what, What::All | What::Lifecycles) {
                lifecycles::measure(database, &flags.callers, flags.messages).await?;
            }
            if matches!(flags.what, What::All | What::Start) {
                start::measure(database).await?;
            }
        }
        for database in place::wanted(flags.database) {
            if matches!(flags.what, What::All | What::Together) {
                together::measure(database, flags.most).await?;
            }
        }
        for database in place::wanted(flags.database) {
            if matches!(flags.what, What::All | What::Corridor) {
                corridor::measure(database, &flags.callers, flags.messages, flags.case.as_deref()).await?;
            }
        }
        for database in place::wanted(flags.database) {
            if matches!(flags.what, What::All | What::Latency) {
                latency::measure(database).await?;
            }
            if matches!(flags.what, What::All | What::Inbound) {
                inbound::measure(database, &flags.callers, flags.messages, flags.case.as_deref()).await?;
            }
        }
        if matches!(flags.what, What::All | What::Sockets) {
            sockets::measure().await?;
        }
        if matches!(flags.what, What::All | What::Memory) {
            memory::measure().await?;
        }
        Ok(())
    })
}
