//! Criterion benches of single parts: a kernel of 256-bit words in a loop of byte code, the hash, a whole transaction.
//!
//! `cargo bench -p gasworks-benches --bench kernels`

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gasworks::{
    Address, BlockEnv, Bytes, Evm, Fork, MemoryDatabase, Message, Transaction, U256, keccak256,
};

/// Times an instruction stands in the code of a bench.
const REPEATED: usize = 256;

fn contract() -> Address {
    Address::repeat_byte(0xcc)
}

fn machine(code: Vec<u8>) -> Evm<MemoryDatabase> {
    let mut database = MemoryDatabase::default();
    database.insert_account(contract(), 1, U256::zero(), Bytes::from(code));
    database.insert_account(Address::repeat_byte(0x11), 0, U256::exp10(20), Bytes::new());
    Evm::new(Fork::Osaka, BlockEnv::default(), database)
}

/// Pushes the operands again each time, so that the values do not degenerate; the price of that is the same in each bench.
fn words(criterion: &mut Criterion) {
    let wide = U256::MAX - U256::from(12_345);
    let half = U256::from(u128::MAX - 99);
    let small = U256::from(0xdead_beef_u64);
    let rows: [(&str, u8, &[U256]); 13] = [
        ("add", 0x01, &[wide, half]),
        ("mul", 0x02, &[wide, half]),
        ("div_256_128", 0x04, &[half, wide]),
        ("div_256_64", 0x04, &[small, wide]),
        ("sdiv", 0x05, &[half, wide]),
        ("mod", 0x06, &[half, wide]),
        ("addmod", 0x08, &[half, wide, wide]),
        ("mulmod", 0x09, &[half, wide, wide]),
        ("exp_32", 0x0a, &[small, wide]),
        ("signextend", 0x0b, &[wide, U256::from(3)]),
        ("lt", 0x10, &[wide, half]),
        ("byte", 0x1a, &[wide, U256::from(30)]),
        ("sar", 0x1d, &[wide, U256::from(77)]),
    ];
    let mut group = criterion.benchmark_group("words");
    group.throughput(Throughput::Elements(REPEATED as u64));
    for (name, opcode, operands) in rows {
        let mut code = Vec::new();
        for _ in 0..REPEATED {
            for operand in operands {
                code.push(0x7f);
                code.extend_from_slice(&operand.to_big_endian());
            }
            code.extend_from_slice(&[opcode, 0x50]);
        }
        let mut evm = machine(code);
        let message = Message::call(Address::zero(), contract(), Bytes::new(), 10_000_000);
        group.bench_function(name, |bencher| {
            bencher.iter(|| drop(black_box(evm.call(black_box(&message)))));
        });
    }
    group.finish();
}

fn keccak(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("keccak256");
    for size in [32, 64, 1024, 32 * 1024] {
        let data = vec![0x5a; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &data, |bencher, data| {
            bencher.iter(|| keccak256(black_box(data)));
        });
    }
    group.finish();
}

fn transactions(criterion: &mut Criterion) {
    let rows: [(&str, &[u8]); 3] = [
        ("transfer", &[]),
        // SSTORE(0, SLOAD(0) + 1)
        ("counter", &[0x5f, 0x54, 0x60, 1, 0x01, 0x5f, 0x55]),
        // LOG1(0, 32, 0)
        ("log", &[0x5f, 0x60, 32, 0x5f, 0xa1]),
    ];
    let mut group = criterion.benchmark_group("transactions");
    for (name, code) in rows {
        let mut evm = machine(code.to_vec());
        let transaction = Transaction {
            sender: Address::repeat_byte(0x11),
            to: Some(contract()),
            value: U256::one(),
            gas_limit: 100_000,
            ..Transaction::default()
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| drop(black_box(evm.transact(black_box(&transaction)))));
        });
    }
    group.finish();
}

criterion_group!(benches, words, keccak, transactions);
criterion_main!(benches);
