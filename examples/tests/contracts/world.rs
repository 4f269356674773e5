//! What the tests of contracts share: sources, a machine, call data, and what is expected of an outcome.

use gasworks::{
    Address, BlockEnv, Bytes, CallStatus, Config, Evm, Fork, Hash, MemoryDatabase, Message,
    Outcome, U256, keccak256,
};
use gasworks_assembler::{Folder, Options, assemble};

/// Accounts without code; they have ether.
pub const ALICE: Address = Address::repeat_byte(0xa1);
pub const BOB: Address = Address::repeat_byte(0xb2);
pub const CAROL: Address = Address::repeat_byte(0xc3);

/// The chain that the machine says it is.
pub const CHAIN: u64 = 7;

const GAS: u64 = 10_000_000;

/// The folder of sources.
pub fn contracts() -> Folder {
    Folder([env!("CARGO_MANIFEST_DIR"), "contracts"].iter().collect())
}

/// The names of all sources, in order.
pub fn sources() -> Vec<String> {
    let mut names = Vec::new();
    for folder in ["", "lib/"] {
        let files = std::fs::read_dir(contracts().0.join(folder)).expect("the folder of sources");
        let files = files.map(|file| file.expect("a file").file_name());
        let files =
            files.map(|name| format!("{folder}{}", name.to_str().expect("a name in UTF-8")));
        names.extend(files.filter(|name| name.ends_with(".eas")));
    }
    names.sort();
    names
}

/// The text of a source.
pub fn source(name: &str) -> String {
    std::fs::read_to_string(contracts().0.join(name)).expect("a source")
}

/// The code of a source.
pub fn code(name: &str) -> Vec<u8> {
    let files = contracts();
    let options = Options {
        files: &files,
        name,
        ..Options::default()
    };
    let program = assemble(&source(name), &options);
    program.unwrap_or_else(|errors| panic!("{errors}")).code
}

/// An address as a word.
pub fn of(address: Address) -> U256 {
    U256::from_big_endian(address.as_bytes())
}

/// An address that ends a word.
pub fn address_of(word: U256) -> Address {
    assert!(word >> 160 == U256::zero(), "{word:x} is no address");
    Address::from_slice(&word.to_big_endian()[12..])
}

/// An address with one of the bits above it set.
pub fn dirty(address: Address) -> U256 {
    of(address) | U256::one() << 160
}

/// Words one after the other.
pub fn words(words: &[U256]) -> Vec<u8> {
    words.iter().flat_map(U256::to_big_endian).collect()
}

/// The first four bytes of the hash of a function or an error.
pub fn selector(signature: &str) -> [u8; 4] {
    let hash = keccak256(signature.as_bytes());
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The call of a function with words as arguments.
pub fn call_data(function: &str, arguments: &[U256]) -> Vec<u8> {
    [selector(function).to_vec(), words(arguments)].concat()
}

/// The slot of a mapping's value, as Solidity's compiler has it.
pub fn mapping(base: U256, key: U256) -> U256 {
    U256::from_big_endian(keccak256(&words(&[key, base])).as_bytes())
}

/// The words of an answer.
pub fn answer(outcome: &Outcome) -> Vec<U256> {
    assert_eq!(outcome.status, CallStatus::Success, "{outcome:?}");
    assert!(outcome.output.len().is_multiple_of(32), "{outcome:?}");
    outcome
        .output
        .chunks(32)
        .map(U256::from_big_endian)
        .collect()
}

/// Fails unless a call succeeded and answered true.
#[track_caller]
pub fn assert_true(outcome: &Outcome) {
    assert_eq!(answer(outcome), [U256::one()]);
}

/// Fails unless a call ended with an error that has no parameters.
#[track_caller]
pub fn assert_fails(outcome: &Outcome, error: &str) {
    assert_eq!(outcome.status, CallStatus::Revert, "{outcome:?}");
    assert_eq!(outcome.output[..], selector(error), "{error}: {outcome:?}");
    assert!(outcome.logs.is_empty(), "{outcome:?}");
}

/// Fails unless a call was refused without a reason.
#[track_caller]
pub fn assert_refused(outcome: &Outcome) {
    assert_eq!(outcome.status, CallStatus::Revert, "{outcome:?}");
    assert!(outcome.output.is_empty(), "{outcome:?}");
}

/// Fails unless a log of a call is of this contract, event, further topics and words.
#[track_caller]
pub fn assert_log(
    outcome: &Outcome,
    position: usize,
    contract: Address,
    event: &str,
    topics: &[U256],
    data: &[U256],
) {
    let log = outcome.logs.get(position).expect("a log");
    let hashes = topics.iter().map(|topic| Hash(topic.to_big_endian()));
    let expected: Vec<Hash> = [keccak256(event.as_bytes())]
        .into_iter()
        .chain(hashes)
        .collect();
    assert_eq!(log.address, contract, "{event}");
    assert_eq!(log.topics, expected, "{event}");
    assert_eq!(log.data, words(data), "{event}");
}

/// A machine with some accounts.
pub struct World {
    evm: Evm<MemoryDatabase>,
}

impl World {
    pub fn new() -> Self {
        let mut database = MemoryDatabase::default();
        for account in [ALICE, BOB, CAROL] {
            database.insert_account(account, 0, 1_000.into(), Bytes::new());
        }
        let config = Config {
            chain_id: CHAIN,
            ..Config::default()
        };
        let evm = Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config);
        Self { evm }
    }

    /// Carries out a message and keeps what it changed.
    pub fn run(&mut self, message: &Message) -> Outcome {
        self.evm
            .call(message)
            .expect("the database cannot fail")
            .commit()
    }

    /// Runs init code with arguments behind it, and with ether.
    pub fn create(&mut self, init_code: Vec<u8>, arguments: &[U256], value: u64) -> Outcome {
        let init_code = [init_code, words(arguments)].concat();
        let message = Message {
            value: value.into(),
            ..Message::create(ALICE, init_code.into(), GAS)
        };
        self.run(&message)
    }

    /// Deploys a contract by its init code.
    pub fn deploy(&mut self, name: &str, arguments: &[U256]) -> Address {
        let outcome = self.create(code(name), arguments, 0);
        assert_eq!(outcome.status, CallStatus::Success, "{name}: {outcome:?}");
        outcome.created.expect("an address")
    }

    /// Deploys code that a test brings along in assembly.
    pub fn install(&mut self, source: &str) -> Address {
        let program =
            assemble(source, &Options::default()).unwrap_or_else(|errors| panic!("{errors}"));
        let mut files = gasworks_assembler::MemoryFiles::default();
        files.0.insert("installed.eas".into(), source.into());
        let init = "
            push len(code)
            dup1
            push @code
            push 0
            codecopy
            push 0
            return
            #bytes code: assemble(\"installed.eas\")";
        let options = Options {
            files: &files,
            ..Options::default()
        };
        let init = assemble(init, &options).expect("init code").code;
        let outcome = self.create(init, &[], 0);
        assert_eq!(outcome.output, program.code);
        outcome.created.expect("an address")
    }

    /// Calls with bytes and with ether.
    pub fn send(&mut self, from: Address, to: Address, value: u64, data: Vec<u8>) -> Outcome {
        let message = Message {
            value: value.into(),
            ..Message::call(from, to, data.into(), GAS)
        };
        self.run(&message)
    }

    /// Calls with bytes, and undoes what that changed.
    pub fn try_out(&mut self, from: Address, to: Address, data: Vec<u8>) -> Outcome {
        let message = Message::call(from, to, data.into(), GAS);
        self.evm
            .call(&message)
            .expect("the database cannot fail")
            .discard()
    }

    /// Calls a function with words.
    pub fn call(
        &mut self,
        from: Address,
        to: Address,
        function: &str,
        arguments: &[U256],
    ) -> Outcome {
        self.send(from, to, 0, call_data(function, arguments))
    }

    /// Asks for words, without the right to change anything.
    pub fn ask(&mut self, to: Address, function: &str, arguments: &[U256]) -> Vec<U256> {
        let message = Message {
            is_static: true,
            ..Message::call(CAROL, to, call_data(function, arguments).into(), GAS)
        };
        answer(&self.run(&message))
    }

    /// Asks for one word.
    pub fn read(&mut self, to: Address, function: &str, arguments: &[U256]) -> U256 {
        let words = self.ask(to, function, arguments);
        assert_eq!(words.len(), 1, "{function}");
        words[0]
    }

    /// What a contract has stored.
    pub fn storage(&mut self, contract: Address, slot: U256) -> U256 {
        let reader =
            self.install("push 0\ncalldataload\nsload\npush 0\nmstore\npush 32\npush 0\nreturn");
        let message = Message {
            code_address: reader,
            ..Message::call(ALICE, contract, words(&[slot]).into(), GAS)
        };
        answer(&self.run(&message))[0]
    }

    /// How much ether an account has.
    pub fn balance(&mut self, account: Address) -> U256 {
        let asker =
            self.install("push 0\ncalldataload\nbalance\npush 0\nmstore\npush 32\npush 0\nreturn");
        let message = Message::call(ALICE, asker, words(&[of(account)]).into(), GAS);
        answer(&self.run(&message))[0]
    }

    /// The code of an account.
    pub fn code(&mut self, account: Address) -> Vec<u8> {
        let asker = self.install(
            "push 0\ncalldataload\nextcodesize\ndup1\npush 0\npush 0\npush 0\ncalldataload
            extcodecopy\npush 0\nreturn",
        );
        let message = Message::call(ALICE, asker, words(&[of(account)]).into(), GAS);
        self.run(&message).output.to_vec()
    }
}

/// A function with arguments that it takes, and the positions of those that are addresses.
pub struct Function<'a> {
    pub signature: &'a str,
    pub arguments: Vec<U256>,
    pub addresses: &'a [usize],
}

/// Fails unless a contract refuses all that is not well formed: less data than arguments, addresses with further bits,
/// ether, and functions that it does not have.
pub fn assert_refuses_malformed(world: &mut World, contract: Address, functions: &[Function<'_>]) {
    for function in functions {
        let data = call_data(function.signature, &function.arguments);
        let outcome = world.try_out(ALICE, contract, data.clone());
        let refused = outcome.status == CallStatus::Revert && outcome.output.is_empty();
        assert!(!refused, "{} is not malformed", function.signature);

        assert_refused(&world.send(ALICE, contract, 1, data.clone()));
        for length in 1..data.len() {
            assert_refused(&world.send(ALICE, contract, 0, data[..length].to_vec()));
        }
        for position in function.addresses {
            for bit in [160, 255] {
                let mut arguments = function.arguments.clone();
                arguments[*position] |= U256::one() << bit;
                assert_refused(&world.call(ALICE, contract, function.signature, &arguments));
            }
        }
    }
    assert_refused(&world.call(ALICE, contract, "nothingOfTheKind()", &[]));
    assert_refused(&world.send(ALICE, contract, 0, vec![0; 4]));
}
