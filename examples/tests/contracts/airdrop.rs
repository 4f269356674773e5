//! The airdrop pays every leaf of its tree once, and nothing else.

use gasworks::{Address, CallStatus, Outcome, U256, keccak256};

use crate::erc20::{BALANCE_OF, TRANSFER};
use crate::tokens;
use crate::world::{
    ALICE, BOB, CAROL, Function, World, assert_fails, assert_log, assert_refused,
    assert_refuses_malformed, assert_true, call_data, code, dirty, of, words,
};

const CLAIM: &str = "claim(uint256,address,uint256,bytes32[])";
const IS_CLAIMED: &str = "isClaimed(uint256)";

#[derive(Clone, Copy)]
struct Leaf {
    index: U256,
    account: Address,
    amount: U256,
}

impl Leaf {
    fn hash(self) -> U256 {
        let once = keccak256(&words(&[self.index, of(self.account), self.amount]));
        U256::from_big_endian(keccak256(once.as_bytes()).as_bytes())
    }
}

/// A node, whichever child comes first.
fn parent(a: U256, b: U256) -> U256 {
    U256::from_big_endian(keccak256(&words(&[a.min(b), a.max(b)])).as_bytes())
}

/// All levels of a tree, leaves first. A node without a sibling goes up as it is.
fn levels(leaves: &[Leaf]) -> Vec<Vec<U256>> {
    let mut levels = vec![leaves.iter().map(|leaf| leaf.hash()).collect::<Vec<U256>>()];
    while levels[levels.len() - 1].len() > 1 {
        let pairs = levels[levels.len() - 1].chunks(2);
        let next = pairs.map(|pair| match pair {
            [a, b] => parent(*a, *b),
            _ => pair[0],
        });
        levels.push(next.collect());
    }
    levels
}

fn proof(levels: &[Vec<U256>], mut position: usize) -> Vec<U256> {
    let mut proof = Vec::new();
    for level in levels {
        proof.extend(level.get(position ^ 1));
        position /= 2;
    }
    proof
}

fn claim_data(leaf: Leaf, proof: &[U256]) -> Vec<u8> {
    let head = [
        leaf.index,
        of(leaf.account),
        leaf.amount,
        128.into(),
        proof.len().into(),
    ];
    call_data(CLAIM, &[&head, proof].concat())
}

struct Airdrop {
    world: World,
    token: Address,
    contract: Address,
    leaves: Vec<Leaf>,
    levels: Vec<Vec<U256>>,
}

impl Airdrop {
    /// So many leaves, whose amounts are 100, 101 and so on. There is exactly enough to pay all of them.
    fn new(count: usize) -> Self {
        let accounts = [ALICE, BOB, CAROL];
        let leaves = (0..count).map(|index| Leaf {
            index: index.into(),
            account: accounts[index % 3],
            amount: (100 + index).into(),
        });
        Self::of(leaves.collect())
    }

    fn of(leaves: Vec<Leaf>) -> Self {
        let mut world = World::new();
        let token = world.deploy("erc20_deploy.eas", &[of(Address::zero()), 1_000_000.into()]);
        let mut airdrop = Self::with_token(world, token, leaves);
        let total = airdrop
            .leaves
            .iter()
            .fold(U256::zero(), |sum, leaf| sum + leaf.amount);
        let pay = [of(airdrop.contract), total];
        assert_true(&airdrop.world.call(Address::zero(), token, TRANSFER, &pay));
        airdrop
    }

    fn with_token(mut world: World, token: Address, leaves: Vec<Leaf>) -> Self {
        let levels = levels(&leaves);
        let root = levels[levels.len() - 1][0];
        let contract = world.deploy("airdrop_deploy.eas", &[of(token), root]);
        Self {
            world,
            token,
            contract,
            leaves,
            levels,
        }
    }

    fn claim(&mut self, leaf: Leaf, proof: &[U256]) -> Outcome {
        self.world
            .send(CAROL, self.contract, 0, claim_data(leaf, proof))
    }

    fn claim_right(&mut self, position: usize) -> Outcome {
        let proof = proof(&self.levels, position);
        self.claim(self.leaves[position], &proof)
    }

    fn is_claimed(&mut self, index: U256) -> bool {
        self.world.read(self.contract, IS_CLAIMED, &[index]) == U256::one()
    }

    fn balance(&mut self, account: Address) -> U256 {
        self.world.read(self.token, BALANCE_OF, &[of(account)])
    }
}

#[test]
fn every_leaf_is_paid_once() {
    for count in [1, 2, 3, 5, 8, 11] {
        let mut airdrop = Airdrop::new(count);
        for position in 0..count {
            let leaf = airdrop.leaves[position];
            let before = airdrop.balance(leaf.account);
            assert!(!airdrop.is_claimed(leaf.index));

            let outcome = airdrop.claim_right(position);
            assert_eq!(
                outcome.status,
                CallStatus::Success,
                "{count}, {position}: {outcome:?}"
            );
            assert!(outcome.output.is_empty());
            let event = "Claimed(uint256,address,uint256)";
            let data = [leaf.index, of(leaf.account), leaf.amount];
            assert_log(&outcome, 1, airdrop.contract, event, &[], &data);
            assert_eq!(airdrop.balance(leaf.account), before + leaf.amount);
            assert!(airdrop.is_claimed(leaf.index));

            assert_fails(&airdrop.claim_right(position), "AlreadyClaimed()");
            assert_eq!(airdrop.balance(leaf.account), before + leaf.amount);
        }
        let contract = airdrop.contract;
        assert_eq!(airdrop.balance(contract), 0.into());
    }
}

#[test]
fn nothing_else_is_paid() {
    let mut airdrop = Airdrop::new(8);
    let leaf = airdrop.leaves[3];
    let right = proof(&airdrop.levels, 3);

    let wrong_leaves = [
        Leaf {
            amount: leaf.amount + 1,
            ..leaf
        },
        Leaf {
            amount: U256::MAX,
            ..leaf
        },
        Leaf {
            account: BOB,
            ..leaf
        },
        Leaf {
            index: 4.into(),
            ..leaf
        },
        Leaf {
            index: leaf.index + (U256::one() << 255),
            ..leaf
        },
    ];
    for wrong in wrong_leaves {
        assert_fails(&airdrop.claim(wrong, &right), "InvalidProof()");
    }

    let mut wrong_proofs = vec![vec![], right[1..].to_vec(), right[..2].to_vec()];
    wrong_proofs.push([&right[..], &[0.into()]].concat());
    wrong_proofs.push(right.iter().rev().copied().collect());
    for position in 0..right.len() {
        let mut wrong = right.clone();
        wrong[position] ^= U256::one();
        wrong_proofs.push(wrong);
    }
    wrong_proofs.push(proof(&airdrop.levels, 4));
    for wrong in wrong_proofs {
        assert_fails(&airdrop.claim(leaf, &wrong), "InvalidProof()");
    }
    let contract = airdrop.contract;
    assert_eq!(airdrop.balance(contract), (100..108).sum::<u64>().into());
    assert!(!airdrop.is_claimed(3.into()));
    assert_eq!(airdrop.claim_right(3).status, CallStatus::Success);
}

#[test]
fn bits_of_claims_do_not_touch_each_other() {
    let indexes = [
        0.into(),
        255.into(),
        256.into(),
        U256::MAX,
        U256::MAX - 255,
        U256::MAX - 256,
    ];
    let leaves = indexes.map(|index| Leaf {
        index,
        account: BOB,
        amount: 10.into(),
    });
    let mut airdrop = Airdrop::of(leaves.to_vec());
    for position in 0..indexes.len() {
        assert_eq!(airdrop.claim_right(position).status, CallStatus::Success);
        for (other, index) in indexes.iter().enumerate() {
            assert_eq!(airdrop.is_claimed(*index), other <= position, "{index}");
        }
    }
    let contract = airdrop.contract;
    assert_eq!(
        airdrop.world.storage(contract, 0.into()),
        U256::one() << 255 | U256::one()
    );
    assert_eq!(airdrop.world.storage(contract, 1.into()), U256::one());
    assert!(!airdrop.is_claimed(1.into()) && !airdrop.is_claimed(257.into()));
}

#[test]
fn what_cannot_be_paid_is_not_claimed() {
    let leaf = Leaf {
        index: 0.into(),
        account: BOB,
        amount: 10.into(),
    };
    // Tokens that revert, answer false, something else than true, too little, or have no code.
    let failing: [fn(&mut World) -> Address; 6] = [
        tokens::reverting,
        |world| tokens::answering(world, 0, 32),
        |world| tokens::answering(world, 2, 32),
        |world| tokens::answering(world, 1, 31),
        |_| CAROL,
        |world| world.deploy("erc20_deploy.eas", &[of(ALICE), 1_000.into()]),
    ];
    for token in failing {
        let mut world = World::new();
        let token = token(&mut world);
        let mut airdrop = Airdrop::with_token(world, token, vec![leaf]);
        assert_fails(&airdrop.claim_right(0), "TransferFailed()");
        assert!(!airdrop.is_claimed(0.into()));
    }
    // One that answers nothing, or more than a word, is believed.
    for length in [0, 64] {
        let mut world = World::new();
        let token = tokens::answering(&mut world, 1, length);
        let mut airdrop = Airdrop::with_token(world, token, vec![leaf]);
        assert_eq!(airdrop.claim_right(0).status, CallStatus::Success);
        assert!(airdrop.is_claimed(0.into()));
    }
}

#[test]
fn a_token_that_claims_again_finds_it_claimed() {
    let mut world = World::new();
    let account = format!("push {}", of(BOB));
    let arguments = ["push 0", &account, "push 10", "push 128", "push 0"];
    let token = tokens::calling_back(&mut world, CLAIM, &arguments);
    let leaf = Leaf {
        index: 0.into(),
        account: BOB,
        amount: 10.into(),
    };
    let mut airdrop = Airdrop::with_token(world, token, vec![leaf]);
    assert_eq!(airdrop.claim_right(0).status, CallStatus::Success);
    assert_eq!(airdrop.world.storage(token, 0.into()), 0.into());
    let selector = airdrop.world.storage(token, 1.into()) >> 224;
    assert_eq!(
        selector.as_u32().to_be_bytes(),
        crate::world::selector("AlreadyClaimed()")
    );
}

#[test]
fn what_is_malformed_is_refused() {
    let mut airdrop = Airdrop::new(3);
    let leaf = airdrop.leaves[0];
    let right = proof(&airdrop.levels, 0);
    let mut arguments = vec![
        leaf.index,
        of(leaf.account),
        leaf.amount,
        128.into(),
        2.into(),
    ];
    arguments.extend(&right);

    // Where the proof begins, and how long it is: all of it must lie in the call data.
    for (position, values) in [
        (
            3,
            [
                129.into(),
                160.into(),
                4_096.into(),
                U256::one() << 64,
                U256::MAX,
                U256::MAX - 3,
            ],
        ),
        (
            4,
            [
                3.into(),
                4.into(),
                U256::one() << 64,
                U256::one() << 251,
                U256::MAX,
                U256::MAX >> 5,
            ],
        ),
    ] {
        for value in values {
            let mut wrong = arguments.clone();
            wrong[position] = value;
            let contract = airdrop.contract;
            assert_refused(&airdrop.world.call(BOB, contract, CLAIM, &wrong));
        }
    }
    let mut wrong = arguments.clone();
    wrong[1] = dirty(leaf.account);
    let contract = airdrop.contract;
    let outcome = airdrop.world.call(BOB, contract, CLAIM, &wrong);
    assert_fails(&outcome, "InvalidProof()");

    let functions = [
        (CLAIM, arguments.clone()),
        (IS_CLAIMED, vec![5.into()]),
        ("token()", vec![]),
        ("merkleRoot()", vec![]),
    ];
    let functions = functions.map(|(signature, arguments)| Function {
        signature,
        arguments,
        addresses: &[],
    });
    assert_refuses_malformed(&mut airdrop.world, contract, &functions);
    // A proof may begin anywhere in the call data.
    let mut elsewhere = arguments;
    elsewhere[3] = 160.into();
    elsewhere.insert(4, U256::MAX);
    assert_eq!(
        airdrop.world.call(BOB, contract, CLAIM, &elsewhere).status,
        CallStatus::Success
    );
    assert_refused(&airdrop.world.send(BOB, contract, 0, vec![]));
    assert_refused(&airdrop.world.send(BOB, contract, 1, vec![]));
}

#[test]
fn a_tree_cannot_list_what_is_no_address() {
    let words_of_leaf = [0.into(), dirty(BOB), 10.into()];
    let once = keccak256(&words(&words_of_leaf));
    let root = U256::from_big_endian(keccak256(once.as_bytes()).as_bytes());
    let mut world = World::new();
    let token = tokens::answering(&mut world, 1, 32);
    let contract = world.deploy("airdrop_deploy.eas", &[of(token), root]);
    let arguments = [&words_of_leaf[..], &[128.into(), 0.into()]].concat();
    assert_refused(&world.call(BOB, contract, CLAIM, &arguments));
}

#[test]
fn it_says_what_it_pays() {
    let mut airdrop = Airdrop::new(4);
    let contract = airdrop.contract;
    assert_eq!(
        airdrop.world.read(contract, "token()", &[]),
        of(airdrop.token)
    );
    let root = airdrop.levels[2][0];
    assert_eq!(airdrop.world.read(contract, "merkleRoot()", &[]), root);
}

#[test]
fn the_constructor_takes_an_address_and_a_root_and_no_ether() {
    let mut world = World::new();
    let init = || code("airdrop_deploy.eas");
    assert_refused(&world.create(init(), &[of(ALICE), 1.into()], 1));
    assert_refused(&world.create(init(), &[of(ALICE)], 0));
    assert_refused(&world.create(init(), &[of(ALICE), 1.into(), 2.into()], 0));
    assert_refused(&world.create(init(), &[dirty(ALICE), 1.into()], 0));
    let outcome = world.create(init(), &[of(ALICE), 1.into()], 0);
    let expected = [code("airdrop.eas"), words(&[of(ALICE), 1.into()])].concat();
    assert_eq!(outcome.output[..], expected);
}
