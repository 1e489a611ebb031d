extension LeaseTerms {
    /// Returns when that many replicas have the lease.
    ///
    /// WAIT tells of what its own connection has written. So the lease is renewed over an exclusive link, which comes
    /// after its grant in the one order in which all replicas get everything.
    ///
    /// - Throws: `.timedOut` when fewer have it in time; `.leaseLost` when the primary does not have it any more.
    func replicate(_ token: RedisBytes, to count: Int, within time: Duration) async throws(RedisError) {
        let reached: Int
        do {
            reached = try await client.withLink(for: name, timeout: time) { link throws(RedisError) in
                let milliseconds = timeToLive.wholeMilliseconds
                let arguments: [any RedisBytesConvertible] = [token, milliseconds, channel, 0, "exactly"]
                let left = try await link.run(renew.script, keys: renew.keys, arguments: arguments, timeout: time)
                guard left != .integer(0) else { throw RedisError.leaseLost(self, .refused) }
                let wait: RedisCommand = ["WAIT", count, time.wholeMilliseconds]
                return try await link.send(wait, timeout: time + .seconds(1)).integer ?? 0
            }
        } catch {
            throw error as? RedisError ?? RedisError(.systemFailure, "no link", underlyingError: error)
        }
        guard reached < count else { return }
        let text = "\(words): \(reached) of \(count) replicas had it after \(time.inSeconds), so it was given back"
        throw RedisError(.timedOut, text, phase: .command).with(.notExecuted)
    }
}
