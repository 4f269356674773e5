//! The multisig calls what its owners have signed, once, and nothing else.

use gasworks::{Address, CallStatus, Outcome, U256, address_of_secret, keccak256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message as Digest, SecretKey};

use crate::erc20::{BALANCE_OF, TRANSFER};
use crate::tokens;
use crate::world::{
    ALICE, BOB, CAROL, CHAIN, Function, World, answer, assert_fails, assert_log, assert_refused,
    assert_refuses_malformed, call_data, code, dirty, mapping, of, selector, words,
};

const EXECUTE: &str = "execute(address,uint256,bytes,(uint8,bytes32,bytes32)[])";
const GROUP_ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

/// A signature as the contract takes it: v, r and s.
type Signature = [U256; 3];

/// Somebody who signs.
#[derive(Clone, Copy)]
struct Signer {
    secret: [u8; 32],
    address: Address,
}

/// Signers in the order of their addresses.
fn signers(count: u8) -> Vec<Signer> {
    let mut signers: Vec<Signer> = (1..=count)
        .map(|number| {
            let secret = [number; 32];
            let address = address_of_secret(&secret).expect("a key");
            Signer { secret, address }
        })
        .collect();
    signers.sort_by_key(|signer| signer.address);
    signers
}

impl Signer {
    fn sign(self, digest: U256) -> Signature {
        let secret = SecretKey::from_secret_bytes(self.secret).expect("a key");
        let digest = Digest::from_digest(digest.to_big_endian());
        let signature = RecoverableSignature::sign_ecdsa_recoverable(digest, &secret);
        let (parity, compact) = signature.serialize_compact();
        let v = if parity == RecoveryId::One { 28 } else { 27 };
        let (r, s) = compact.split_at(32);
        [v.into(), U256::from_big_endian(r), U256::from_big_endian(s)]
    }
}

/// What is to be called.
#[derive(Clone)]
struct Action {
    to: U256,
    value: U256,
    data: Vec<u8>,
}

impl Action {
    fn pay(to: Address, value: u64) -> Self {
        Self {
            to: of(to),
            value: value.into(),
            data: vec![],
        }
    }

    /// The hash of EIP-712.
    fn digest(&self, chain: u64, contract: Address, nonce: u64) -> U256 {
        let hash = |bytes: &[u8]| U256::from_big_endian(keccak256(bytes).as_bytes());
        let domain_type = hash(b"EIP712Domain(uint256 chainId,address verifyingContract)");
        let domain = hash(&words(&[domain_type, chain.into(), of(contract)]));
        let execute_type = hash(b"Execute(address to,uint256 value,bytes data,uint256 nonce)");
        let data = hash(&self.data);
        let message = hash(&words(&[
            execute_type,
            self.to,
            self.value,
            data,
            nonce.into(),
        ]));
        hash(&[&[0x19, 0x01], &words(&[domain, message])[..]].concat())
    }

    fn arguments(&self, signatures: &[Signature]) -> Vec<U256> {
        let mut data = self.data.clone();
        data.resize(data.len().next_multiple_of(32), 0);
        let list = 160 + data.len();
        let mut arguments = vec![
            self.to,
            self.value,
            128.into(),
            list.into(),
            self.data.len().into(),
        ];
        arguments.extend(data.chunks(32).map(U256::from_big_endian));
        arguments.push(signatures.len().into());
        arguments.extend(signatures.concat());
        arguments
    }
}

/// Two of three have to sign; the wallet has 100 wei.
struct Wallet {
    world: World,
    owners: Vec<Signer>,
    contract: Address,
}

impl Wallet {
    fn new() -> Self {
        let mut world = World::new();
        let owners = signers(3);
        let mut arguments = vec![2.into(), 64.into(), 3.into()];
        arguments.extend(owners.iter().map(|owner| of(owner.address)));
        let contract = world.deploy("multisig_deploy.eas", &arguments);
        let outcome = world.send(ALICE, contract, 100, vec![]);
        assert_eq!(outcome.status, CallStatus::Success);
        Self {
            world,
            owners,
            contract,
        }
    }

    fn nonce(&mut self) -> u64 {
        self.world.read(self.contract, "nonce()", &[]).as_u64()
    }

    /// What these owners sign for an action now.
    fn signatures(&mut self, action: &Action, owners: &[usize]) -> Vec<Signature> {
        let digest = action.digest(CHAIN, self.contract, self.nonce());
        owners
            .iter()
            .map(|owner| self.owners[*owner].sign(digest))
            .collect()
    }

    fn execute(&mut self, action: &Action, signatures: &[Signature]) -> Outcome {
        let arguments = action.arguments(signatures);
        self.world.call(CAROL, self.contract, EXECUTE, &arguments)
    }

    fn execute_signed(&mut self, action: &Action, owners: &[usize]) -> Outcome {
        let signatures = self.signatures(action, owners);
        self.execute(action, &signatures)
    }
}

/// The bytes of an answer that is one argument of type bytes.
fn answered_bytes(outcome: &Outcome) -> Vec<u8> {
    let words = answer(outcome);
    assert_eq!(words[0], 32.into());
    let length = words[1].as_usize();
    assert_eq!(outcome.output.len(), 64 + length.next_multiple_of(32));
    let (bytes, padding) = outcome.output[64..].split_at(length);
    assert!(padding.iter().all(|byte| *byte == 0), "{outcome:?}");
    bytes.to_vec()
}

#[test]
fn any_two_owners_pay() {
    let mut wallet = Wallet::new();
    for (nonce, owners) in [[0, 1], [0, 2], [1, 2]].into_iter().enumerate() {
        let before = wallet.world.balance(BOB);
        let outcome = wallet.execute_signed(&Action::pay(BOB, 10), &owners);
        assert_eq!(answered_bytes(&outcome), []);
        assert_log(
            &outcome,
            0,
            wallet.contract,
            "Executed(uint256)",
            &[nonce.into()],
            &[],
        );
        assert_eq!(wallet.world.balance(BOB), before + 10);
        assert_eq!(wallet.nonce(), nonce as u64 + 1);
    }
    let contract = wallet.contract;
    assert_eq!(wallet.world.balance(contract), 70.into());
}

#[test]
fn it_calls_contracts_and_passes_answers_on() {
    let mut wallet = Wallet::new();
    let token = wallet
        .world
        .deploy("erc20_deploy.eas", &[of(wallet.contract), 100.into()]);
    let action = Action {
        to: of(token),
        value: 0.into(),
        data: call_data(TRANSFER, &[of(BOB), 30.into()]),
    };
    let outcome = wallet.execute_signed(&action, &[0, 2]);
    assert_eq!(answered_bytes(&outcome), words(&[1.into()]));
    assert_eq!(wallet.world.read(token, BALANCE_OF, &[of(BOB)]), 30.into());

    // Data and answers of all lengths; what is behind them is zero.
    let echo = wallet
        .world
        .install("calldatasize\npush 0\npush 0\ncalldatacopy\ncalldatasize\npush 0\nreturn");
    for length in [0, 1, 31, 32, 33, 64, 65, 300] {
        let action = Action {
            to: of(echo),
            value: 0.into(),
            data: vec![0xee; length],
        };
        let outcome = wallet.execute_signed(&action, &[0, 1]);
        assert_eq!(answered_bytes(&outcome), action.data);
    }
    // An answer that is shorter than the data that was in the same place.
    let short = tokens::answering(&mut wallet.world, u64::MAX, 5);
    let action = Action {
        to: of(short),
        value: 0.into(),
        data: vec![0xee; 700],
    };
    let outcome = wallet.execute_signed(&action, &[0, 1]);
    assert_eq!(answered_bytes(&outcome), [0; 5]);
}

#[test]
fn what_fails_passes_its_reason_on_and_can_be_tried_again() {
    let mut wallet = Wallet::new();
    let token = wallet
        .world
        .deploy("erc20_deploy.eas", &[of(ALICE), 100.into()]);
    let action = Action {
        to: of(token),
        value: 0.into(),
        data: call_data(TRANSFER, &[of(BOB), 30.into()]),
    };
    let signatures = wallet.signatures(&action, &[0, 1]);
    assert_fails(
        &wallet.execute(&action, &signatures),
        "InsufficientBalance()",
    );
    assert_eq!(wallet.nonce(), 0);
    assert_refused(&wallet.execute_signed(&Action::pay(BOB, 101), &[0, 1]));

    let contract = wallet.contract;
    wallet
        .world
        .call(ALICE, token, TRANSFER, &[of(contract), 30.into()]);
    assert_eq!(
        wallet.execute(&action, &signatures).status,
        CallStatus::Success
    );
    assert_eq!(wallet.nonce(), 1);
}

#[test]
fn nothing_is_played_back() {
    let mut wallet = Wallet::new();
    let action = Action::pay(BOB, 10);
    let signatures = wallet.signatures(&action, &[0, 1]);
    assert_eq!(
        wallet.execute(&action, &signatures).status,
        CallStatus::Success
    );
    assert_fails(&wallet.execute(&action, &signatures), "InvalidSignature()");

    // Nor is it valid with another nonce, for another wallet or on another chain.
    let (contract, other) = (wallet.contract, ALICE);
    for digest in [
        action.digest(CHAIN, contract, 0),
        action.digest(CHAIN, contract, 2),
        action.digest(CHAIN, other, 1),
        action.digest(CHAIN + 1, contract, 1),
    ] {
        let signatures = [0, 1].map(|owner| wallet.owners[owner].sign(digest));
        assert_fails(&wallet.execute(&action, &signatures), "InvalidSignature()");
    }
    assert_eq!(wallet.world.balance(BOB), 1_010.into());
}

#[test]
fn what_was_signed_cannot_be_changed() {
    let mut wallet = Wallet::new();
    let signed = Action {
        to: of(BOB),
        value: 10.into(),
        data: vec![1, 2, 3],
    };
    let signatures = wallet.signatures(&signed, &[0, 1]);
    for changed in [
        Action {
            to: of(CAROL),
            ..signed.clone()
        },
        Action {
            value: 11.into(),
            ..signed.clone()
        },
        Action {
            data: vec![1, 2, 4],
            ..signed.clone()
        },
        Action {
            data: vec![1, 2, 3, 0],
            ..signed.clone()
        },
        Action {
            data: vec![],
            ..signed.clone()
        },
    ] {
        assert_fails(&wallet.execute(&changed, &signatures), "InvalidSignature()");
    }
    assert_eq!(
        wallet.execute(&signed, &signatures).status,
        CallStatus::Success
    );
}

#[test]
fn as_many_signatures_as_the_threshold_says_each_of_another_owner_in_order() {
    let mut wallet = Wallet::new();
    let action = Action::pay(BOB, 10);
    let digest = action.digest(CHAIN, wallet.contract, 0);
    let [a, b, c] = [0, 1, 2].map(|owner| wallet.owners[owner].sign(digest));
    for signatures in [vec![], vec![a], vec![a, b, c]] {
        let outcome = wallet.execute(&action, &signatures);
        assert_fails(&outcome, "WrongNumberOfSignatures()");
    }
    // Out of order, twice the same, and twice the same in the two forms that the curve has for it.
    let order = U256::from_str_radix(GROUP_ORDER, 16).expect("a number");
    let mirrored = [U256::from(27 + 28) - a[0], a[1], order - a[2]];
    for signatures in [[b, a], [c, a], [a, a], [a, mirrored], [mirrored, a]] {
        assert_fails(&wallet.execute(&action, &signatures), "InvalidSignature()");
    }
    // Strangers before, between and behind owners, whatever their order.
    for stranger in signers(9) {
        if wallet
            .owners
            .iter()
            .any(|owner| owner.address == stranger.address)
        {
            continue;
        }
        let stranger = stranger.sign(digest);
        for signatures in [[a, stranger], [stranger, c], [stranger, stranger]] {
            assert_fails(&wallet.execute(&action, &signatures), "InvalidSignature()");
        }
    }
    assert_eq!(
        wallet.execute(&action, &[mirrored, b]).status,
        CallStatus::Success
    );
}

#[test]
fn what_is_no_signature_has_no_signer() {
    let mut wallet = Wallet::new();
    let action = Action::pay(BOB, 10);
    let digest = action.digest(CHAIN, wallet.contract, 0);
    let [a, b] = [0, 1].map(|owner| wallet.owners[owner].sign(digest));
    for v in [
        0.into(),
        1.into(),
        26.into(),
        29.into(),
        a[0] + 256,
        U256::MAX,
    ] {
        for signatures in [[[v, a[1], a[2]], b], [a, [v, b[1], b[2]]]] {
            assert_fails(&wallet.execute(&action, &signatures), "InvalidSignature()");
        }
    }
    for (r, s) in [
        (0.into(), a[2]),
        (a[1], 0.into()),
        (U256::MAX, a[2]),
        (a[1], U256::MAX),
    ] {
        // Nothing is recovered: what was recovered before must not count again.
        for signatures in [[[a[0], r, s], b], [a, [a[0], r, s]], [b, [a[0], r, s]]] {
            assert_fails(&wallet.execute(&action, &signatures), "InvalidSignature()");
        }
    }
    assert_eq!(wallet.execute(&action, &[a, b]).status, CallStatus::Success);
}

#[test]
fn who_is_called_cannot_use_the_same_signatures_again() {
    let mut wallet = Wallet::new();
    // The wallet calls itself with what was signed for the next nonce; that in turn finds the nonce after it.
    let inner = Action::pay(BOB, 10);
    let digest = inner.digest(CHAIN, wallet.contract, 1);
    let signatures = [0, 1].map(|owner| wallet.owners[owner].sign(digest));
    let outer = Action {
        to: of(wallet.contract),
        value: 0.into(),
        data: call_data(EXECUTE, &inner.arguments(&signatures)),
    };
    let outcome = wallet.execute_signed(&outer, &[1, 2]);
    assert_eq!(outcome.status, CallStatus::Success);
    assert_eq!(
        (wallet.nonce(), wallet.world.balance(BOB)),
        (2, 1_010.into())
    );

    // One that calls back with the outer signatures finds them used up.
    let attacker = tokens::calling_back(&mut wallet.world, "nonce()", &[]);
    let action = Action {
        to: of(attacker),
        ..Action::pay(BOB, 0)
    };
    let outcome = wallet.execute_signed(&action, &[0, 1]);
    assert_eq!(outcome.status, CallStatus::Success);
    assert_eq!(wallet.world.storage(attacker, 1.into()), 3.into());
}

#[test]
fn it_says_who_its_owners_are() {
    let mut wallet = Wallet::new();
    let contract = wallet.contract;
    assert_eq!(wallet.world.read(contract, "threshold()", &[]), 2.into());
    for owner in wallet.owners.clone() {
        let answer = wallet
            .world
            .read(contract, "isOwner(address)", &[of(owner.address)]);
        assert_eq!(answer, 1.into());
        assert_eq!(
            wallet
                .world
                .storage(contract, mapping(2.into(), of(owner.address))),
            1.into()
        );
    }
    for stranger in [ALICE, Address::zero(), contract] {
        let answer = wallet
            .world
            .read(contract, "isOwner(address)", &[of(stranger)]);
        assert_eq!(answer, 0.into());
    }
    assert_eq!(selector("threshold()"), [0x42, 0xcd, 0xe4, 0xe8]);
}

#[test]
fn what_is_malformed_is_refused() {
    let mut wallet = Wallet::new();
    let action = Action {
        to: of(BOB),
        value: 1.into(),
        data: vec![7; 40],
    };
    let signatures = wallet.signatures(&action, &[0, 1]);
    let right = action.arguments(&signatures);
    let functions = [
        (EXECUTE, right.clone(), &[0][..]),
        ("isOwner(address)", vec![of(ALICE)], &[0]),
        ("threshold()", vec![], &[]),
        ("nonce()", vec![], &[]),
    ];
    let functions = functions.map(|(signature, arguments, addresses)| Function {
        signature,
        arguments,
        addresses,
    });
    let contract = wallet.contract;
    assert_refuses_malformed(&mut wallet.world, contract, &functions);

    // Where data and signatures begin, and how long they are.
    let far = [U256::one() << 64, U256::MAX, U256::MAX - 35, 10_000.into()];
    for position in [2, 3, 4, 7] {
        for value in far {
            let mut wrong = right.clone();
            wrong[position] = value;
            assert_refused(&wallet.world.call(CAROL, contract, EXECUTE, &wrong));
        }
    }
}

#[test]
fn the_constructor_takes_a_threshold_and_owners_in_order() {
    let mut world = World::new();
    let mut create =
        |arguments: &[U256], value| world.create(code("multisig_deploy.eas"), arguments, value);
    let [a, b, c]: [U256; 3] = [1.into(), of(ALICE), of(BOB)];
    let right = [2.into(), 64.into(), 3.into(), a, b, c];
    let outcome = create(&right, 0);
    assert_eq!(outcome.output[..], code("multisig.eas"));
    assert_refused(&create(&right, 1));
    assert_refused(&create(&[1.into(), 64.into(), 0.into()], 0));
    assert_refused(&create(&[0.into(), 64.into(), 0.into()], 0));

    let position_and_value = |position: usize, value: U256| {
        let mut wrong = right;
        wrong[position] = value;
        wrong
    };
    for (position, value) in [
        // Thresholds of none, of more than there are, and of far more.
        (0, 0.into()),
        (0, 4.into()),
        (0, U256::MAX),
        (1, 32.into()),
        (1, 96.into()),
        // As many owners as there are not.
        (2, 2.into()),
        (2, 4.into()),
        (2, U256::from(3) + (U256::one() << 251)),
        // Owners that are zero, come twice, are out of order, or are no addresses.
        (3, 0.into()),
        (3, b),
        (4, a),
        (4, c),
        (4, of(CAROL)),
        (5, dirty(BOB)),
    ] {
        assert_refused(&create(&position_and_value(position, value), 0));
    }
    for length in 0..right.len() {
        assert_refused(&create(&right[..length], 0));
    }
    assert_refused(&create(&[&right[..], &[of(CAROL)]].concat(), 0));
    // One that has not all of its bytes, which would read as zeros.
    for length in [1, 31] {
        let more = &words(&[of(CAROL)])[..length];
        let init = [&code("multisig_deploy.eas"), &words(&right)[..], more].concat();
        assert_refused(&world.create(init, &[], 0));
    }
    for threshold in [1, 3] {
        let mut arguments = right;
        arguments[0] = threshold.into();
        let outcome = world.create(code("multisig_deploy.eas"), &arguments, 0);
        assert_eq!(outcome.status, CallStatus::Success);
    }
}
