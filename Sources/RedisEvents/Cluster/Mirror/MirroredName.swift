/// A channel or pattern of a mirrored subscription: what the user wants of it, and who receives its messages.
final class MirroredName {
    let kind: RedisSubscriptionKind
    let name: RedisBytes
    /// The number of the name in the machine.
    let number: Int
    /// The seed for the digests of the name's messages.
    let seed: UInt64
    var isWanted = true
    /// Whether one of the nodes has confirmed the name and none has confirmed an unsubscribe since.
    var isSubscribed = false
    /// When a caller was told that the name is subscribed, if nobody has asked to unsubscribe since. What is missed from
    /// then on is a gap.
    var promisedAt: Moment?
    var handler: UInt32 = 0
    var inlineHandler: InlineHandler?
    /// Callers that wait for a confirmation.
    var waiters: [SubscriptionMachine.Ticket] = []
    /// Callers of unsubscribe that wait until both links have answered.
    var unsubscribers: [SubscriptionMachine.Ticket] = []
    /// How many replies to an unsubscribe are outstanding on the two links.
    var unsubscribesDue = 0
    /// Why a node has refused the name.
    var refusals = MirrorPair<RedisError?>(nil, nil)

    init(_ kind: RedisSubscriptionKind, _ name: RedisBytes, number: Int, seed: UInt64) {
        self.kind = kind
        self.name = name
        self.number = number
        self.seed = seed
    }

    var gapName: RedisGap.Name { RedisGap.Name(kind: kind, name: name) }

    func known(_ machine: MirrorMachine<PubSub.Message>) -> KnownName {
        KnownName(
            handler: handler,
            inlineHandler: inlineHandler,
            isWanted: isWanted,
            isConfirmed: isConfirmed(machine)
        )
    }

    func isConfirmed(_ machine: MirrorMachine<PubSub.Message>) -> Bool {
        machine.has(number, .first) || machine.has(number, .second)
    }
}

/// The names of a mirrored subscription, found by borrowed bytes.
struct MirroredNames {
    /// The names by digest.
    private var names: [UInt64: MirroredName] = [:]
    private let seed = UInt64.random(in: .min ... .max)
    /// The last name that was looked up, because most messages have the name of the message before.
    private var last: MirroredName?

    var all: some Collection<MirroredName> { names.values }

    mutating func find(_ kind: RedisSubscriptionKind, _ name: RawSpan) -> MirroredName? {
        if let last, last.kind == kind, last.name.equals(name) { return last }
        let found = names[digest(kind, name)]
        if let found { last = found }
        return found
    }

    mutating func insert(_ name: MirroredName) {
        let bytes = name.name
        names[digest(name.kind, bytes.rawSpan)] = name
    }

    mutating func remove(_ name: MirroredName) {
        let bytes = name.name
        names[digest(name.kind, bytes.rawSpan)] = nil
        last = nil
    }

    mutating func removeAll() {
        names = [:]
        last = nil
    }

    private func digest(_ kind: RedisSubscriptionKind, _ name: RawSpan) -> UInt64 {
        name.hash(seed: seed &+ UInt64(kind.rawValue))
    }
}
