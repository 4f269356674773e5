//! Traces by EIP-3155: a line of JSON for each instruction.

use std::io::Write;

use super::{Inspector, Step};
use crate::call::CallOutcome;

/// Writes a line for each instruction once its cost is known. Writing that fails ends the trace, not the execution.
pub struct Eip3155<'a> {
    writer: &'a mut dyn Write,
    /// The line of the instruction that is being executed, without its cost; its depth and the gas before it.
    pending: Option<(String, usize, u64)>,
    failed: bool,
}

impl<'a> Eip3155<'a> {
    /// Traces to a writer, which should be buffered.
    pub fn new(writer: &'a mut dyn Write) -> Self {
        Self {
            writer,
            pending: None,
            failed: false,
        }
    }

    fn flush(&mut self, gas: Option<u64>) {
        let Some((line, _, before)) = self.pending.take() else {
            return;
        };
        let cost = before.saturating_sub(gas.unwrap_or(before));
        if !self.failed {
            self.failed = writeln!(self.writer, "{line},\"gasCost\":\"{cost:#x}\"}}").is_err();
        }
    }
}

impl Inspector for Eip3155<'_> {
    fn step(&mut self, step: &Step<'_>) {
        let same_frame = matches!(&self.pending, Some((_, depth, _)) if *depth == step.depth);
        self.flush(same_frame.then_some(step.gas));
        let stack: Vec<String> = step
            .stack
            .iter()
            .map(|word| format!("\"{word:#x}\""))
            .collect();
        let name = gasworks_spec::opcode(step.opcode).map_or("INVALID", |opcode| opcode.name);
        let line = format!(
            "{{\"pc\":{},\"op\":{},\"gas\":\"{:#x}\",\"memSize\":{},\"stack\":[{}],\"depth\":{},\"refund\":{},\"opName\":\"{name}\"",
            step.pc,
            step.opcode,
            step.gas,
            step.memory.len(),
            stack.join(","),
            step.depth,
            step.refund.max(0),
        );
        self.pending = Some((line, step.depth, step.gas));
    }

    fn exit(&mut self, _outcome: &CallOutcome) {
        self.flush(None);
    }
}
