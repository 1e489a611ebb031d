/// A channel or pattern of a mirrored subscription: what the user wants of it, and who takes its messages.
final class MirroredName {
    let kind: RedisSubscriptionKind
    let name: RedisBytes
    /// Its number in the machine.
    let number: Int
    /// For the digests of its messages.
    let seed: UInt64
    var isWanted = true
    /// One of the nodes has confirmed it, and none confirmed it away.
    var isSubscribed = false
    var handler: UInt32 = 0
    var inlineHandler: InlineHandler?
    /// Callers that wait for a confirmation.
    var waiters: [SubscriptionMachine.Ticket] = []
    /// Callers that wait for the end.
    var leavers: [SubscriptionMachine.Ticket] = []
    /// How many links have still to say what became of an unsubscribe.
    var leaving = 0
    /// Why a node does not take it.
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
