//! How fast sources assemble, and whether the time grows with their length only.
//!
//! `cargo bench -p gasworks-benches --bench assembler`
//!
//! `source` is generated code with labels, macros, expressions and a stack comment on each instruction, from 1 to 100 MB,
//! with and without the check of stack comments. `labels` is the worst case for the sizes of pushes: every other statement
//! is a label, and pushes refer to labels all over the program.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gasworks_assembler::{Options, assemble};

const MEGABYTE: usize = 1_000_000;

/// A program of about this many bytes of source.
fn source(size: usize) -> String {
    let mut source = String::from(
        "\
#define slot = 0x10
#define double(x) = $x * 2
#define %store(offset) { ; [value]
    push $offset         ; [offset, value]
    mstore               ; []
}
",
    );
    let mut part = 0;
    while source.len() < size {
        let (jump, number) = (part / 2, part % 100);
        let _ = write!(
            source,
            "
;; part {part}
part_{part}:             ; []
    push {part}          ; [number]
    push slot + {number} ; [slot, number]
    sload                ; [value, number]
    dup2                 ; [number, value, number]
    add                  ; [sum, number]
    push double(7)       ; [14, sum, number]
    add                  ; [sum, number]
    %store(0x40)         ; [number]
    iszero               ; [is_first]
    jumpi @part_{jump}   ; []
"
        );
        part += 1;
    }
    source.push_str("    stop\n");
    source
}

fn labels(count: usize) -> String {
    let mut source = String::new();
    for label in 0..count {
        let other = (label * 7_919 + 13) % count;
        let _ = writeln!(source, "push @label_{other}\npop\nlabel_{label}:");
    }
    source
}

fn sources(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("source");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500));
    for megabytes in [1, 10, 100] {
        let source = source(megabytes * MEGABYTE);
        group.throughput(Throughput::Bytes(source.len() as u64));
        for (name, stack_check) in [("bytecode", false), ("checked", true)] {
            let options = Options {
                stack_check,
                ..Options::default()
            };
            group.bench_with_input(
                BenchmarkId::new(name, megabytes),
                &source,
                |bencher, source| {
                    bencher.iter(|| {
                        assemble(black_box(source), &options).map(|program| program.code.len())
                    });
                },
            );
        }
    }
    group.finish();
}

fn push_sizes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("labels");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500));
    for count in [1_000, 10_000, 100_000, 1_000_000] {
        let source = labels(count);
        let options = Options {
            stack_check: false,
            ..Options::default()
        };
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(count),
            &source,
            |bencher, source| {
                bencher.iter(|| {
                    assemble(black_box(source), &options).map(|program| program.code.len())
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, sources, push_sizes);
criterion_main!(benches);
