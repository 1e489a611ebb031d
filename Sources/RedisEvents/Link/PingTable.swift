/// PINGs and similar commands that wait for a reply. Each has its place among the subscribe commands
/// (`SubscriptionMachine.ping`).
struct PingTable {
    // This number is not the call of a user.
    static let heartbeat: UInt32 = 0
    static let counters = UInt32.max
    static let countersFence = UInt32.max - 1
    /// Questions of the link itself.
    static let own = [heartbeat, counters, countersFence]

    private var promises: [UInt32: Promise<Void>] = [:]
    private var numbers: NumberSequence

    init(_ numbers: NumberSequence = NumberSequence()) { self.numbers = numbers }

    /// Adds a user's call. Returns its number.
    mutating func add(_ promise: Promise<Void>) -> UInt32 {
        let number = numbers.next { promises[$0] != nil || Self.own.contains($0) }
        promises[number] = promise
        return number
    }

    /// Completes a call. Returns whether it was a user's.
    mutating func complete(_ call: UInt32, _ result: Result<Void, RedisError>) -> Bool {
        guard let promise = promises.removeValue(forKey: call) else { return false }
        promise.complete(result)
        return true
    }

    mutating func failAll(_ error: RedisError) {
        for promise in exchange(&promises, with: [:]).values { promise.complete(.failure(error)) }
    }
}
