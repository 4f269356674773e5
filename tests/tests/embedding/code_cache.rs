//! Code that machines share: within its budget, never wrong, and without a trace in results.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;

use gasworks::{
    Account, Address, BlockEnv, Bytes, CodeCache, Config, Database, Evm, Fork, Hash,
    MemoryDatabase, Message, U256, keccak256,
};
use gasworks_tests::code::{Code, op, push, return_memory};

const CALLER: Address = Address::repeat_byte(0xaa);

/// Counts down from 40, so that its loop is translated, and returns its number.
fn contract(number: u64) -> Bytes {
    let start = push(40);
    let at = start.size() as i32;
    let countdown = op("JUMPDEST") + push(1) + op("SWAP1") + op("SUB") + op("DUP1");
    let again = push(at) + op("JUMPI");
    let result = push(number) + push(0) + op("MSTORE") + return_memory(0, 32);
    (start + countdown + again + result).bytes()
}

/// Has a contract at every address, of which the code tells the number.
struct Endless {
    reads: Cell<usize>,
}

fn number(address: Address) -> u64 {
    address.to_low_u64_be()
}

impl Database for Endless {
    type Error = Infallible;

    fn account(&self, address: Address) -> Result<Option<Account>, Infallible> {
        Ok((address != CALLER && address != Address::zero()).then(|| {
            // The hash has to lead back to the number; what it is a hash of is the test's secret.
            let code_hash = keccak256(&contract(number(address)));
            HASHES.with(|hashes| hashes.borrow_mut().insert(code_hash, number(address)));
            Account {
                nonce: 1,
                balance: U256::zero(),
                code_hash,
                has_storage: false,
            }
        }))
    }
    fn code(&self, hash: Hash) -> Result<Bytes, Infallible> {
        self.reads.set(self.reads.get() + 1);
        Ok(contract(HASHES.with(|hashes| hashes.borrow()[&hash])))
    }
    fn storage(&self, _: Address, _: U256) -> Result<U256, Infallible> {
        Ok(U256::zero())
    }
    fn block_hash(&self, _: u64) -> Result<Hash, Infallible> {
        Ok(Hash::zero())
    }
}

thread_local! {
    static HASHES: std::cell::RefCell<std::collections::BTreeMap<Hash, u64>> = Default::default();
}

fn machine(code_cache: &Arc<CodeCache>) -> Evm<Endless> {
    let config = Config {
        code_cache: Arc::clone(code_cache),
        ..Config::default()
    };
    let database = Endless {
        reads: Cell::new(0),
    };
    Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config)
}

/// Calls a contract, and checks that it is that one which has run.
fn call<D: Database<Error = Infallible>>(evm: &mut Evm<D>, contract: u64) {
    let to = Address::from_low_u64_be(contract);
    let message = Message::call(CALLER, to, Bytes::new(), 100_000);
    let outcome = evm.call(&message).expect("it does not fail").discard();
    assert_eq!(outcome.output[..], U256::from(contract).to_big_endian());
}

#[test]
fn contracts_without_number_stay_within_the_budget() {
    let cache = Arc::new(CodeCache::with_budget(1 << 20));
    let mut evm = machine(&cache);
    let mut most = 0;
    for contract in 1000..101_000 {
        call(&mut evm, contract);
        if contract % 100 == 0 {
            most = most.max(cache.bytes());
            // One that has been there for long is there again.
            call(&mut evm, 1000);
        }
    }
    assert!(most <= cache.budget(), "{most}");
    assert!(most >= cache.budget() / 2, "{most}: it hardly keeps any");
}

#[test]
fn threads_that_share_a_cache_stay_within_its_budget() {
    let cache = Arc::new(CodeCache::with_budget(1 << 20));
    let run = |offset: u64| {
        let mut evm = machine(&cache);
        let mut most = 0;
        for contract in 0..50_000 {
            // Half of the contracts are both threads'.
            call(&mut evm, 1000 + 2 * contract);
            call(&mut evm, 200_000 + 2 * contract + offset);
            if contract % 100 == 0 {
                most = most.max(cache.bytes());
            }
        }
        most
    };
    let most = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(1));
        run(0).max(other.join().expect("no panic"))
    });
    assert!(most <= cache.budget(), "{most}");
}

#[test]
fn what_one_machine_has_read_another_need_not_read() {
    let cache = Arc::new(CodeCache::default());
    let (mut first, mut second) = (machine(&cache), machine(&cache));
    for contract in 1000..1010 {
        call(&mut first, contract);
        call(&mut second, contract);
    }
    assert_eq!(first.database().reads.get(), 10);
    assert_eq!(second.database().reads.get(), 0);
    // Nor is it analysed for those who translate otherwise or at other prices.
    let mut other = machine(&cache).with_schedule(Fork::Osaka.schedule().clone());
    call(&mut other, 1000);
    assert_eq!(other.database().reads.get(), 1);
}

/// Says that its code has a hash that it does not have.
struct Liar(Bytes);

impl Database for Liar {
    type Error = Infallible;

    fn account(&self, address: Address) -> Result<Option<Account>, Infallible> {
        Ok((address != CALLER).then(|| Account {
            nonce: 1,
            balance: U256::zero(),
            code_hash: Hash::repeat_byte(0x77),
            has_storage: false,
        }))
    }
    fn code(&self, _: Hash) -> Result<Bytes, Infallible> {
        Ok(self.0.clone())
    }
    fn storage(&self, _: Address, _: U256) -> Result<U256, Infallible> {
        Ok(U256::zero())
    }
    fn block_hash(&self, _: u64) -> Result<Hash, Infallible> {
        Ok(Hash::zero())
    }
}

#[test]
fn a_database_that_is_wrong_about_hashes_misleads_nobody_else() {
    let cache = Arc::new(CodeCache::default());
    let config = Config {
        code_cache: cache,
        ..Config::default()
    };
    let machine = |number| {
        let database = Liar(contract(number));
        Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config.clone())
    };
    let mut machines: Vec<_> = (2000..2005)
        .map(|number| (number, machine(number)))
        .collect();
    for _ in 0..3 {
        for (number, evm) in &mut machines {
            call(evm, *number);
        }
    }
}

#[test]
fn created_code_outlives_its_eviction() {
    let cache = Arc::new(CodeCache::with_budget(1 << 16));
    let config = Config {
        code_cache: cache,
        ..Config::default()
    };
    let mut evm =
        Evm::new(Fork::Osaka, BlockEnv::default(), MemoryDatabase::default()).with_config(config);
    let created: Vec<(Address, u64)> = (1000..1200)
        .map(|number| {
            let code = contract(number);
            let size = code.len() as u64;
            // CODECOPY what comes after these instructions, and RETURN it.
            let copy = |start| push(size) + push(start) + push(0) + op("CODECOPY");
            let prefix = |start| copy(start) + return_memory(0, size);
            let start = prefix(0u64).size();
            let init = prefix(start) + Code(code.to_vec());
            let message = Message::create(CALLER, init.bytes(), 10_000_000);
            let outcome = evm.call(&message).expect("it does not fail").commit();
            (outcome.created.expect("created"), number)
        })
        .collect();
    for _ in 0..2 {
        for (address, number) in &created {
            let message = Message::call(CALLER, *address, Bytes::new(), 100_000);
            let executed = evm.call(&message).expect("it does not fail");
            assert_eq!(
                executed.outcome().output[..],
                U256::from(*number).to_big_endian()
            );
        }
    }
}
