//! The pool: prices, shares and roundings, and who is not let in.

use gasworks::{Address, CallStatus, Outcome, U256};
use proptest::prelude::*;

use crate::erc20::{APPROVE, BALANCE_OF, TRANSFER};
use crate::tokens;
use crate::world::{
    ALICE, BOB, CAROL, Function, World, answer, assert_fails, assert_log, assert_refused,
    assert_refuses_malformed, assert_true, code, dirty, mapping, of, selector, words,
};

const SWAP: &str = "swap(address,uint256,uint256)";
const ADD: &str = "addLiquidity(uint256,uint256,uint256)";
const REMOVE: &str = "removeLiquidity(uint256,uint256,uint256)";

/// A pool of two tokens, of which Alice and Bob have plenty and have allowed the pool everything.
struct Pool {
    world: World,
    tokens: [Address; 2],
    contract: Address,
}

impl Pool {
    fn new() -> Self {
        let mut world = World::new();
        let tokens = [0, 1].map(|_| world.deploy("erc20_deploy.eas", &[of(ALICE), U256::MAX]));
        let contract = world.deploy("pool_deploy.eas", &tokens.map(of));
        for token in tokens {
            assert_true(&world.call(ALICE, token, TRANSFER, &[of(BOB), U256::one() << 200]));
            for account in [ALICE, BOB] {
                assert_true(&world.call(account, token, APPROVE, &[of(contract), U256::MAX]));
            }
        }
        Self {
            world,
            tokens,
            contract,
        }
    }

    /// With liquidity of Alice's.
    fn with(amounts: [u64; 2]) -> Self {
        let mut pool = Self::new();
        pool.add(ALICE, amounts.map(U256::from), 0.into());
        pool
    }

    fn add(&mut self, from: Address, most: [U256; 2], least: U256) -> Outcome {
        self.world
            .call(from, self.contract, ADD, &[most[0], most[1], least])
    }

    fn remove(&mut self, from: Address, shares: U256, least: [U256; 2]) -> Outcome {
        self.world
            .call(from, self.contract, REMOVE, &[shares, least[0], least[1]])
    }

    fn swap(&mut self, from: Address, side: usize, amount: U256, least: U256) -> Outcome {
        let token = of(self.tokens[side]);
        self.world
            .call(from, self.contract, SWAP, &[token, amount, least])
    }

    fn reserves(&mut self) -> [U256; 2] {
        let reserves = self.world.ask(self.contract, "reserves()", &[]);
        reserves.try_into().expect("two reserves")
    }

    fn shares(&mut self, account: Address) -> U256 {
        self.world
            .read(self.contract, "sharesOf(address)", &[of(account)])
    }

    fn total(&mut self) -> U256 {
        self.world.read(self.contract, "totalShares()", &[])
    }

    fn balances(&mut self, account: Address) -> [U256; 2] {
        self.tokens
            .map(|token| self.world.read(token, BALANCE_OF, &[of(account)]))
    }

    /// Fails unless the pool has what it owes, and shares are worth no less than they were.
    fn check(&mut self) {
        let (reserves, contract) = (self.reserves(), self.contract);
        assert_eq!(self.balances(contract), reserves);
        let total = self.total();
        assert!(
            total * total <= product(reserves),
            "{total} of {reserves:?}"
        );
        let held = self.shares(ALICE) + self.shares(BOB);
        assert_eq!(held, total);
    }
}

fn product(reserves: [U256; 2]) -> U256 {
    reserves[0] * reserves[1]
}

/// What a swap should give.
fn bought(amount: U256, reserve_in: U256, reserve_out: U256) -> U256 {
    let paid = amount * 997;
    paid * reserve_out / (reserve_in * 1000 + paid)
}

#[test]
fn the_first_provider_sets_the_price() {
    let mut pool = Pool::new();
    let outcome = pool.add(ALICE, [1_000.into(), 4_000.into()], 2_000.into());
    assert_eq!(answer(&outcome), [2_000.into()]);
    let event = "LiquidityAdded(address,uint256,uint256,uint256)";
    let data = [1_000.into(), 4_000.into(), 2_000.into()];
    assert_log(&outcome, 2, pool.contract, event, &[of(ALICE)], &data);
    assert_eq!(pool.reserves(), [1_000.into(), 4_000.into()]);
    assert_eq!(
        (pool.total(), pool.shares(ALICE)),
        (2_000.into(), 2_000.into())
    );
    pool.check();

    let packed = U256::from(4_000) << 128 | 1_000.into();
    assert_eq!(pool.world.storage(pool.contract, 0.into()), packed);
    let slot = mapping(2.into(), of(ALICE));
    assert_eq!(pool.world.storage(pool.contract, slot), 2_000.into());
}

#[test]
fn later_providers_pay_in_proportion_and_not_more() {
    let mut pool = Pool::with([1_000, 4_000]);
    for (most, amounts, shares) in [
        ([500, 2_000], [500, 2_000], 1_000),
        ([999_999, 400], [100, 400], 200),
        ([100, 999_999], [100, 400], 200),
        // Shares are rounded down, and what they cost is rounded up.
        ([1_000_000, 3], [1, 2], 1),
        ([1, 1_000_000], [1, 2], 1),
    ] {
        let before = pool.balances(BOB);
        let outcome = pool.add(BOB, most.map(U256::from), shares.into());
        assert_eq!(answer(&outcome), [shares.into()], "{most:?}");
        let after = pool.balances(BOB);
        assert_eq!(
            [before[0] - after[0], before[1] - after[1]],
            amounts.map(U256::from)
        );
        pool.check();
    }
}

#[test]
fn liquidity_for_no_shares_or_too_few_is_not_taken() {
    let mut pool = Pool::new();
    for amounts in [[0, 0], [0, 5], [5, 0]] {
        let outcome = pool.add(ALICE, amounts.map(U256::from), 0.into());
        assert_fails(&outcome, "InsufficientOutput()");
    }
    let outcome = pool.add(ALICE, [4.into(), 9.into()], 7.into());
    assert_fails(&outcome, "InsufficientOutput()");

    let mut pool = Pool::with([1_000, 4_000]);
    for (amounts, least) in [([0, 0], 0), ([0, 5], 0), ([5, 1], 0), ([500, 2_000], 1_001)] {
        let outcome = pool.add(BOB, amounts.map(U256::from), least.into());
        assert_fails(&outcome, "InsufficientOutput()");
    }
    assert_eq!(pool.total(), 2_000.into());
    pool.check();
}

#[test]
fn a_swap_gives_what_the_product_allows() {
    for side in [0, 1] {
        let mut pool = Pool::with([1_000_000, 4_000_000]);
        let reserves = pool.reserves();
        let expected = bought(10_000.into(), reserves[side], reserves[1 - side]);
        assert_eq!(expected, [39_486, 2_486][side].into());

        let before = pool.balances(BOB);
        let outcome = pool.swap(BOB, side, 10_000.into(), expected + 1);
        assert_fails(&outcome, "InsufficientOutput()");
        let outcome = pool.swap(BOB, side, 10_000.into(), expected);
        assert_eq!(answer(&outcome), [expected]);
        let event = "Swap(address,address,uint256,uint256)";
        let topics = [of(BOB), of(pool.tokens[side])];
        assert_log(
            &outcome,
            2,
            pool.contract,
            event,
            &topics,
            &[10_000.into(), expected],
        );

        let after = pool.balances(BOB);
        assert_eq!(before[side] - after[side], 10_000.into());
        assert_eq!(after[1 - side] - before[1 - side], expected);
        assert!(product(pool.reserves()) > product(reserves));
        pool.check();
    }
}

#[test]
fn a_swap_that_gives_nothing_is_not_done() {
    let mut empty = Pool::new();
    assert_fails(
        &empty.swap(BOB, 0, 5.into(), 0.into()),
        "InsufficientOutput()",
    );
    assert_fails(
        &empty.swap(BOB, 0, 0.into(), 0.into()),
        "InsufficientOutput()",
    );

    let mut pool = Pool::with([1_000_000, 1_000]);
    for amount in [0, 1, 1_000] {
        let outcome = pool.swap(BOB, 0, amount.into(), 0.into());
        assert_fails(&outcome, "InsufficientOutput()");
    }
    for token in [CAROL, Address::zero(), pool.contract] {
        let arguments = [of(token), 1_000.into(), 0.into()];
        let outcome = pool.world.call(BOB, pool.contract, SWAP, &arguments);
        assert_fails(&outcome, "UnknownToken()");
    }
    pool.check();
}

#[test]
fn liquidity_is_given_back() {
    let mut pool = Pool::with([1_000, 4_000]);
    let outcome = pool.remove(ALICE, 500.into(), [250.into(), 1_000.into()]);
    assert_eq!(answer(&outcome), [250.into(), 1_000.into()]);
    let event = "LiquidityRemoved(address,uint256,uint256,uint256)";
    let data = [250.into(), 1_000.into(), 500.into()];
    assert_log(&outcome, 2, pool.contract, event, &[of(ALICE)], &data);
    pool.check();

    for least in [[251, 0], [0, 1_001], [u64::MAX, u64::MAX]] {
        let outcome = pool.remove(ALICE, 500.into(), least.map(U256::from));
        assert_fails(&outcome, "InsufficientOutput()");
    }
    for (account, shares) in [(ALICE, 1_501.into()), (BOB, 1.into()), (ALICE, U256::MAX)] {
        let outcome = pool.remove(account, shares, [0.into(); 2]);
        assert_fails(&outcome, "InsufficientShares()");
    }
    assert_eq!(
        answer(&pool.remove(BOB, 0.into(), [0.into(); 2])),
        [0.into(); 2]
    );

    // The last one takes all that is left, and the pool can begin anew.
    let outcome = pool.remove(ALICE, 1_500.into(), [0.into(); 2]);
    assert_eq!(answer(&outcome), [750.into(), 3_000.into()]);
    assert_eq!((pool.reserves(), pool.total()), ([0.into(); 2], 0.into()));
    assert_eq!(
        answer(&pool.remove(ALICE, 0.into(), [0.into(); 2])),
        [0.into(); 2]
    );
    assert_eq!(
        answer(&pool.add(BOB, [9.into(), 16.into()], 0.into())),
        [12.into()]
    );
    pool.check();
}

#[test]
fn nothing_overflows() {
    let limit = (U256::one() << 112) - 1;
    let mut pool = Pool::new();
    for (most, error) in [
        ([limit + 1, 1.into()], "Overflow()"),
        ([1.into(), U256::MAX], "Overflow()"),
    ] {
        assert_fails(&pool.add(ALICE, most, 0.into()), error);
    }
    assert_eq!(answer(&pool.add(ALICE, [limit, limit], 0.into())), [limit]);
    pool.check();

    // Both reserves are full: no more of either can come in.
    for side in [0, 1] {
        for amount in [2.into(), limit, limit + 1, U256::MAX] {
            assert_fails(&pool.swap(BOB, side, amount, 0.into()), "Overflow()");
        }
    }
    assert_fails(&pool.add(BOB, [1.into(), 1.into()], 0.into()), "Overflow()");
    for wrong in [[limit + 1, 1.into()], [1.into(), U256::one() << 255]] {
        assert_fails(&pool.add(BOB, wrong, 0.into()), "Overflow()");
    }
    let half = limit >> 1;
    assert_eq!(
        answer(&pool.remove(ALICE, half, [0.into(); 2])),
        [half, half]
    );
    assert_eq!(answer(&pool.swap(BOB, 0, half, 0.into())).len(), 1);
    pool.check();
}

/// An amount that is shifted out of its half of the word of reserves, or spills into the other one.
#[test]
fn no_amount_is_taken_for_another() {
    for much in [U256::one() << 112, U256::one() << 128, U256::one() << 255] {
        let mut pool = Pool::new();
        for most in [[much, 1.into()], [1.into(), much]] {
            assert_fails(&pool.add(ALICE, most, 0.into()), "Overflow()");
        }
        let mut pool = Pool::with([1_000, 4_000]);
        for most in [[much, 4.into()], [1.into(), much]] {
            assert_fails(&pool.add(ALICE, most, 0.into()), "Overflow()");
        }
        for side in [0, 1] {
            assert_fails(&pool.swap(ALICE, side, much, 0.into()), "Overflow()");
        }
        pool.check();
    }
}

#[test]
fn what_is_sent_unasked_changes_no_price() {
    let mut pool = Pool::with([1_000, 4_000]);
    let (token, contract) = (pool.tokens[0], pool.contract);
    assert_true(
        &pool
            .world
            .call(BOB, token, TRANSFER, &[of(contract), 1_000_000.into()]),
    );
    assert_eq!(pool.reserves(), [1_000.into(), 4_000.into()]);
    assert_eq!(
        answer(&pool.add(BOB, [500.into(), 2_000.into()], 0.into())),
        [1_000.into()]
    );
}

#[test]
fn nobody_pays_for_shares_that_were_rounded_away() {
    // One of the two shares is worth far more than what it was bought for.
    let mut pool = Pool::with([2, 2]);
    assert_eq!(
        answer(&pool.swap(ALICE, 0, 1_000_000.into(), 0.into())),
        [1.into()]
    );
    let before = pool.balances(BOB);
    let outcome = pool.add(BOB, [700_000.into(), 700_000.into()], 0.into());
    assert_eq!(answer(&outcome), [1.into()]);
    let after = pool.balances(BOB);
    assert_eq!(
        [before[0] - after[0], before[1] - after[1]],
        [500_001.into(), 1.into()]
    );
    assert_eq!(
        answer(&pool.remove(BOB, 1.into(), [0.into(); 2]))[0],
        500_001.into()
    );
}

#[test]
fn without_allowance_or_balance_nothing_happens() {
    let mut pool = Pool::with([1_000, 4_000]);
    let outcome = pool.add(CAROL, [500.into(), 2_000.into()], 0.into());
    assert_fails(&outcome, "TransferFailed()");
    assert_fails(
        &pool.swap(CAROL, 1, 500.into(), 0.into()),
        "TransferFailed()",
    );
    // Of two payments the second fails.
    let (token, contract) = (pool.tokens[1], pool.contract);
    assert_true(
        &pool
            .world
            .call(BOB, token, APPROVE, &[of(contract), 1_999.into()]),
    );
    let before = pool.balances(BOB);
    let outcome = pool.add(BOB, [500.into(), 2_000.into()], 0.into());
    assert_fails(&outcome, "TransferFailed()");
    assert_eq!((pool.balances(BOB), pool.shares(BOB)), (before, 0.into()));
    pool.check();
}

#[test]
fn tokens_that_fail_are_found_out() {
    let failing: [fn(&mut World) -> Address; 5] = [
        tokens::reverting,
        |world| tokens::answering(world, 0, 32),
        |world| tokens::answering(world, 2, 32),
        |world| tokens::answering(world, 1, 31),
        |_| CAROL,
    ];
    for make in failing {
        let mut world = World::new();
        let token = make(&mut world);
        let silent = tokens::answering(&mut world, 0, 0);
        for tokens in [[token, silent], [silent, token]] {
            let contract = world.deploy("pool_deploy.eas", &tokens.map(of));
            let outcome = world.call(ALICE, contract, ADD, &[5.into(), 5.into(), 0.into()]);
            assert_fails(&outcome, "TransferFailed()");
        }
    }
}

#[test]
fn nobody_comes_in_again() {
    for (function, first) in [(SWAP, "address"), (ADD, "push 1"), (REMOVE, "push 0")] {
        let mut world = World::new();
        let token = tokens::calling_back(&mut world, function, &[first, "push 1", "push 0"]);
        let silent = tokens::answering(&mut world, 0, 0);
        let contract = world.deploy("pool_deploy.eas", &[of(token), of(silent)]);
        let calls = [
            (ADD, [1_000.into(), 1_000.into(), 0.into()]),
            (SWAP, [of(token), 100.into(), 0.into()]),
            (SWAP, [of(silent), 100.into(), 0.into()]),
            (REMOVE, [10.into(), 0.into(), 0.into()]),
        ];
        for (outer, arguments) in calls {
            let outcome = world.call(ALICE, contract, outer, &arguments);
            assert_eq!(outcome.status, CallStatus::Success, "{outer}");
            assert_eq!(world.storage(token, 0.into()), 0.into());
            let reason = world.storage(token, 1.into()) >> 224;
            assert_eq!(
                reason.as_u32().to_be_bytes(),
                selector("Reentered()"),
                "{outer}"
            );
        }
    }
}

/// The lock is open again when a call has ended, and not only when the transaction has.
#[test]
fn a_transaction_may_come_in_twice() {
    let mut world = World::new();
    let silent = [0, 1].map(|_| tokens::answering(&mut world, 0, 0));
    let contract = world.deploy("pool_deploy.eas", &silent.map(of));
    let twice = tokens::calling_twice(&mut world, contract);
    for (function, arguments) in [
        (ADD, [1_000.into(), 1_000.into(), 0.into()]),
        (SWAP, [of(silent[0]), 100.into(), 0.into()]),
        (REMOVE, [10.into(), 0.into(), 0.into()]),
    ] {
        let outcome = world.call(ALICE, twice, function, &arguments);
        assert_eq!(outcome.output[..], [1, 1], "{function}");
    }
}

#[test]
fn what_is_malformed_is_refused() {
    let mut pool = Pool::with([1_000_000, 1_000_000]);
    let functions = [
        (
            SWAP,
            vec![of(pool.tokens[0]), 100.into(), 0.into()],
            &[0][..],
        ),
        (ADD, vec![100.into(), 100.into(), 0.into()], &[]),
        (REMOVE, vec![100.into(), 0.into(), 0.into()], &[]),
        ("reserves()", vec![], &[]),
        ("sharesOf(address)", vec![of(ALICE)], &[0]),
        ("totalShares()", vec![], &[]),
        ("token0()", vec![], &[]),
        ("token1()", vec![], &[]),
    ];
    let functions = functions.map(|(signature, arguments, addresses)| Function {
        signature,
        arguments,
        addresses,
    });
    assert_refuses_malformed(&mut pool.world, pool.contract, &functions);
    assert_refused(&pool.world.send(ALICE, pool.contract, 0, vec![]));
    assert_refused(&pool.world.send(ALICE, pool.contract, 1, vec![]));
}

#[test]
fn the_constructor_takes_two_addresses_and_no_ether() {
    let mut world = World::new();
    let init = || code("pool_deploy.eas");
    let right = [of(ALICE), of(BOB)];
    assert_refused(&world.create(init(), &right, 1));
    assert_refused(&world.create(init(), &right[..1], 0));
    assert_refused(&world.create(init(), &[of(ALICE), of(BOB), 0.into()], 0));
    assert_refused(&world.create(init(), &[of(ALICE), of(ALICE)], 0));
    assert_refused(&world.create(init(), &[dirty(ALICE), of(BOB)], 0));
    assert_refused(&world.create(init(), &[of(ALICE), dirty(BOB)], 0));
    let outcome = world.create(init(), &right, 0);
    assert_eq!(
        outcome.output[..],
        [code("pool.eas"), words(&right)].concat()
    );
    let pool = outcome.created.expect("it is deployed");
    assert_eq!(world.read(pool, "token0()", &[]), of(ALICE));
    assert_eq!(world.read(pool, "token1()", &[]), of(BOB));
}

/// What somebody does with a pool.
#[derive(Clone, Debug)]
enum Step {
    Add(bool, u128, u128),
    Remove(bool, u8),
    Swap(bool, bool, u128),
}

/// Amounts of all magnitudes.
fn amount() -> impl Strategy<Value = u128> {
    (0u32..112, any::<u128>()).prop_map(|(bits, number)| number & ((1 << bits) - 1))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (any::<bool>(), amount(), amount()).prop_map(|(who, a, b)| Step::Add(who, a, b)),
        (any::<bool>(), any::<u8>()).prop_map(|(who, part)| Step::Remove(who, part)),
        (any::<bool>(), any::<bool>(), amount())
            .prop_map(|(who, side, a)| Step::Swap(who, side, a)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is done: the product never falls with a swap, shares never lose, and nobody gets out more than a share's
    /// part.
    #[test]
    fn the_invariant_holds(first in (amount(), amount()), steps in prop::collection::vec(step(), 1..12)) {
        let mut pool = Pool::new();
        pool.add(ALICE, [first.0.into(), first.1.into()], 0.into());
        let product_of_first = U256::from(first.0) * U256::from(first.1);
        prop_assert_eq!(pool.total(), product_of_first.integer_sqrt());
        for step in steps {
            let (reserves, total) = (pool.reserves(), pool.total());
            let account = |who| if who { ALICE } else { BOB };
            match step {
                Step::Add(who, a, b) => {
                    let most = [a.into(), b.into()];
                    let outcome = pool.add(account(who), most, 0.into());
                    if outcome.status == CallStatus::Success && !total.is_zero() {
                        let shares = answer(&outcome)[0];
                        for (side, most) in most.into_iter().enumerate() {
                            let paid = pool.reserves()[side] - reserves[side];
                            let exact = shares * reserves[side];
                            prop_assert!(paid <= most);
                            prop_assert!(paid * total >= exact && (paid - 1) * total < exact);
                        }
                    }
                }
                Step::Remove(who, part) => {
                    let shares = pool.shares(account(who)) * part / 255;
                    let given = answer(&pool.remove(account(who), shares, [0.into(); 2]));
                    for side in [0, 1] {
                        prop_assert!(given[side] * total <= shares * reserves[side]);
                    }
                }
                Step::Swap(who, side, amount) => {
                    let side = usize::from(side);
                    let outcome = pool.swap(account(who), side, amount.into(), 0.into());
                    if outcome.status == CallStatus::Success {
                        let expected = bought(amount.into(), reserves[side], reserves[1 - side]);
                        prop_assert_eq!(answer(&outcome), [expected]);
                    }
                    prop_assert!(product(pool.reserves()) >= product(reserves));
                    prop_assert_eq!(pool.total(), total);
                }
            }
            pool.check();
        }
    }
}
