internal import RedisCore
internal import RedisPOSIX
internal import RedisRESP
internal import Synchronization

/// An entry that was delivered, until its handler has ended it. Whoever lets go of it gives it back.
///
/// Any thread may call.
final class HeldEntry: Sendable {
    private enum State: UInt8 {
        /// Nobody has read it yet.
        case waiting
        /// A reader has it.
        case taken
        /// It was given back before anybody has read it.
        case revoked
        /// Its reader has ended it, and the server is being told.
        case ending
        /// The server has been told.
        case ended
        /// Somebody else may have it.
        case lost
        /// Somebody else may have it, and its reader has ended it.
        case forgotten
    }

    let key: RedisBytes
    let entry: RedisStreamEntry
    let attempt: Int
    let place: GroupMachine.Place
    let number: UInt64
    /// The number of the handler of a run that has it; 0 for none.
    let handlerNumber = Atomic(0)
    private let reader: GroupReader
    private let state = Atomic(State.waiting.rawValue)

    init(_ found: GroupServer.Found, _ place: GroupMachine.Place, _ number: UInt64, _ reader: GroupReader) {
        key = reader.server.keys[found.stream]
        entry = found.entry
        attempt = found.deliveries
        self.place = place
        self.number = number
        self.reader = reader
    }

    deinit {
        switch State(rawValue: state.load(ordering: .acquiring)) {
        case .waiting, .taken: reader.settle([Settlement(self, .giveBack, nil)])
        case .lost: reader.settle([Settlement(self, .forget, nil)])
        case .revoked, .ending, .ended, .forgotten, nil: break
        }
    }

    var isWaiting: Bool { state.load(ordering: .acquiring) == State.waiting.rawValue }

    /// Whether somebody else may have it.
    var isLost: Bool {
        switch State(rawValue: state.load(ordering: .acquiring)) {
        case .lost, .forgotten: true
        case .waiting, .taken, .revoked, .ending, .ended, nil: false
        }
    }

    var loop: RedisEventLoop { reader.loop }

    private func move(_ old: State, _ new: State) -> Bool {
        state.compareExchange(expected: old.rawValue, desired: new.rawValue, ordering: .acquiringAndReleasing).exchanged
    }

    /// A reader takes it. Returns whether it may: it may have been given back meanwhile.
    func take() -> Bool { move(.waiting, .taken) }

    /// Takes it away from the readers. Returns whether none of them has it.
    func revoke() -> Bool { move(.waiting, .revoked) }

    /// Somebody else may have it now.
    func lose() { _ = move(.taken, .lost) }

    /// The server has been told, or could not be: then the reader may try again.
    func ended(_ isTold: Bool) { _ = move(.ending, isTold ? .ended : .taken) }

    /// Ends it, unless that was done. Whoever waits for the promise learns what came of it.
    func end(_ verb: Settlement.Verb, _ promise: Promise<Void>?) {
        if let settlement = settlement(verb, promise) { reader.settle([settlement]) }
    }

    /// Ends those that were not ended, those of each reader in one step.
    static func end(_ entries: [HeldEntry], _ verb: Settlement.Verb) {
        for (_, part) in Dictionary(grouping: entries, by: { ObjectIdentifier($0.reader) }) {
            part[0].reader.settle(part.compactMap { $0.settlement(verb, nil) })
        }
    }

    /// What its reader has to be told for it to be ended; `nil` if that was done.
    private func settlement(_ verb: Settlement.Verb, _ promise: Promise<Void>?) -> Settlement? {
        if move(.taken, .ending) { return Settlement(self, verb, promise) }
        if move(.lost, .forgotten) {
            promise?.complete(.failure(.entryLost(self)))
            return Settlement(self, .forget, nil)
        }
        let isLost = state.load(ordering: .acquiring) != State.ended.rawValue
        promise?.complete(.failure(isLost ? .entryLost(self) : .entryEnded(self)))
        return nil
    }

    /// Ends it, and waits for the server, even if the task is cancelled.
    func end(_ verb: Settlement.Verb) async throws(RedisError) {
        let promise = Promise<Void>()
        end(verb, promise)
        try await promise.result().get()
    }

    func endBlocking(_ verb: Settlement.Verb) throws(RedisError) {
        try loop.refuseBlocking()
        let promise = Promise<Void>()
        end(verb, promise)
        try promise.waitBlocking()
    }
}

/// What becomes of an entry.
struct Settlement: Sendable {
    enum Verb: Sendable {
        case acknowledge
        /// It may be delivered again at once, and this delivery does not count.
        case giveBack
        /// It may be delivered again after a while, and this delivery counts.
        case reject(String)
        /// Somebody else may have it already.
        case forget
    }

    let place: GroupMachine.Place
    let number: UInt64
    let attempt: Int
    let verb: Verb
    let promise: Promise<Void>?

    init(_ place: GroupMachine.Place, _ number: UInt64, attempt: Int, _ verb: Verb, _ promise: Promise<Void>?) {
        self.place = place
        self.number = number
        self.attempt = attempt
        self.verb = verb
        self.promise = promise
    }

    init(_ held: HeldEntry, _ verb: Verb, _ promise: Promise<Void>?) {
        self.init(held.place, held.number, attempt: held.attempt, verb, promise)
    }
}

/// A reference to an entry that does not keep it.
struct WeakHeldEntry {
    weak var entry: HeldEntry?
}

extension RedisError {
    fileprivate static func entryLost(_ held: HeldEntry) -> RedisError {
        let text = "\(held.key.shown()) \(held.entry.id): the consumer does not have the entry any more"
        return RedisError(.leaseLost, text, phase: .command).with(.notExecuted)
    }

    fileprivate static func entryEnded(_ held: HeldEntry) -> RedisError {
        let text = "\(held.key.shown()) \(held.entry.id): the delivery was ended already"
        return RedisError(.invalidCommand, text, phase: .command).with(.notExecuted)
    }
}
