//! Prices that change between executions of one machine: nothing of what was translated before may show.

use gasworks::{
    Address, BlockEnv, Bytes, CallStatus, Config, Core, Evm, Fork, MemoryDatabase, Message,
    Schedule, U256,
};

const CONTRACT: Address = Address::repeat_byte(0xcc);

fn gas_of(evm: &mut Evm<MemoryDatabase>) -> u64 {
    let message = Message::call(Address::zero(), CONTRACT, Bytes::new(), 1_000_000);
    let outcome = evm.call(&message).expect("nothing fails here").discard();
    assert_eq!(outcome.status, CallStatus::Success);
    outcome.gas_used
}

#[test]
fn translated_code_is_not_used_at_other_prices() {
    // A hundred rounds of ADD: PUSH1 100, JUMPDEST, DUP1, DUP1, ADD, POP, PUSH1 1, SWAP1, SUB, DUP1, PUSH1 2, JUMPI
    let code = [
        0x60, 100, 0x5b, 0x80, 0x80, 0x01, 0x50, 0x60, 1, 0x90, 0x03, 0x80, 0x60, 2, 0x57, 0x00,
    ];
    for core in [
        Core::Adaptive,
        Core::Plain,
        Core::Translated,
        Core::Alternating,
    ] {
        let mut database = MemoryDatabase::default();
        database.insert_account(CONTRACT, 1, U256::zero(), Bytes::copy_from_slice(&code));
        let config = Config {
            core,
            ..Config::default()
        };
        let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config);
        let usual: Vec<u64> = (0..20).map(|_| gas_of(&mut evm)).collect();
        assert_eq!(usual, [usual[0]; 20]);
        let mut schedule: Schedule = Fork::Osaka.schedule().clone();
        schedule.base[0x01] += 7;
        let mut evm = evm.with_schedule(schedule);
        for _ in 0..20 {
            assert_eq!(gas_of(&mut evm), usual[0] + 700, "{core:?}");
        }
    }
}
