/// What leases are of, and how they are taken, renewed and given back: all that distinguishes a lock from a permit.
struct LeaseTerms: Sendable {
    /// A script, the keys that it gets, and its last arguments.
    struct Step: Sendable {
        let script: RedisScript
        let keys: [RedisBytes]
        let arguments: [RedisBytes]

        init(_ script: RedisScript, _ keys: [RedisBytes], _ arguments: [RedisBytes] = []) {
            self.script = script
            self.keys = keys
            self.arguments = arguments
        }
    }

    let client: RedisClient
    /// For messages: `lock`.
    let kind: String
    let name: RedisBytes
    let timeToLive: Duration
    /// Whether a lease is renewed until it is given back.
    let renews: Bool
    /// Whether there is one lease at a time.
    let isExclusive: Bool
    /// What a task that has such a lease must not wait for; `nil` if it may wait for anything.
    let nestingKey: ReleaseWatch.LineKey?
    /// Whether whoever waits leaves something at the server, which has to be removed when it gives up.
    let queuesAtServer: Bool
    let durability: RedisLeaseDurability
    let take: Step
    let renew: Step
    let release: Step

    /// The channel on which the end of a lease is told.
    let channel: RedisBytes

    init(
        _ kind: String,
        _ name: RedisBytes,
        of client: RedisClient,
        _ options: RedisLeaseOptions,
        isExclusive: Bool,
        nesting: String?,
        queuesAtServer: Bool,
        take: Step,
        renew: Step,
        release: Step
    ) throws(RedisError) {
        try options.check(kind, name)
        self.client = client
        self.kind = kind
        self.name = name
        timeToLive = options.timeToLive
        renews = options.renewal == .automatic
        durability = options.durability
        self.isExclusive = isExclusive
        nestingKey = nesting.map { ReleaseWatch.LineKey(kind: $0, name: name) }
        self.queuesAtServer = queuesAtServer
        self.take = take
        self.renew = renew
        self.release = release
        channel = name.helper("released")
    }

    var lineKey: ReleaseWatch.LineKey { ReleaseWatch.LineKey(kind: kind, name: name) }

    /// For messages: `the lock "orders"`.
    var words: String { "the \(kind) \(name.debugDescription)" }

    /// Runs one of the scripts.
    func run(
        _ step: Step,
        _ token: RedisBytes,
        time: Duration? = nil,
        _ more: [RedisBytes] = [],
        timeout: Duration?
    ) async throws(RedisError) -> RESPValue {
        var arguments: [any RedisBytesConvertible] = [
            token, (time ?? timeToLive).wholeMilliseconds, channel, client.configuration.cluster == nil ? 0 : 1,
        ]
        arguments += (more + step.arguments) as [any RedisBytesConvertible]
        return try await client.run(step.script, keys: step.keys, arguments: arguments, timeout: timeout)
    }
}

/// The random name of one lease, which nobody can guess: 128 bits in hexadecimal digits, as other libraries write them.
enum LeaseToken {
    static func make() -> RedisBytes {
        var random = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for _ in 0..<2 {
            var number = random.next()
            for _ in 0..<16 {
                bytes.append(digits[Int(number & 15)])
                number >>= 4
            }
        }
        return RedisBytes(bytes)
    }
}
