internal import Logging

/// What a task holds, and the tasks that it has begun: whoever waits there for one of these waits for itself.
enum HeldLocks {
    struct Key: Hashable, Sendable {
        let client: ObjectIdentifier
        let line: ReleaseWatch.LineKey
    }

    @TaskLocal static var keys: Set<Key> = []

    static func key(of terms: LeaseTerms) -> Key? {
        terms.nestingKey.map { Key(client: ObjectIdentifier(terms.client), line: $0) }
    }
}

extension LeaseTerms {
    /// Throws if this task holds what it is about to wait for.
    func refuseDeadlock() throws(RedisError) {
        guard let key = HeldLocks.key(of: self), HeldLocks.keys.contains(key) else { return }
        let text = "this task holds \(words) and would wait for itself; pass its lease on, or use Task.detached"
        throw RedisError(.deadlock, text, phase: .command).with(.notExecuted)
    }

    /// Runs `body` with a lease, and gives the lease back.
    func run<Value: Sendable>(
        _ lease: RedisLease,
        _ body: @escaping @Sendable (RedisLease) async throws -> Value
    ) async throws -> Value { try await lease.finish(await result(of: lease, body)) }

    /// Runs `body` with a lease, in a task of its own, which is cancelled with the caller's, and when the lease is
    /// lost.
    func result<Value: Sendable>(
        of lease: RedisLease,
        _ body: @escaping @Sendable (RedisLease) async throws -> Value
    ) async -> Result<Value, any Error> {
        let observation = ToolkitObservation("hold", of: kind, name, client.configuration)
        defer { observation?.ended(lease.lossError) }
        let keys = HeldLocks.keys.union([HeldLocks.key(of: self)].compactMap { $0 })
        let task = Task { try await HeldLocks.$keys.withValue(keys) { try await body(lease) } }
        lease.addEndHandler { if $0 != nil { task.cancel() } }
        return await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
    }
}

extension RedisLease {
    /// Gives the lease back after the work, and returns or throws what came of the work.
    func finish<Value>(_ result: Result<Value, any Error>, _ more: [RedisBytes] = []) async throws -> Value {
        try judge(result, await end(more))
    }

    /// Returns or throws what came of the work, unless the lease was lost meanwhile: then the work was not protected.
    ///
    /// If the lease held all the time and only could not be given back, the work counts, and others wait for the time
    /// to live.
    func judge<Value>(_ result: Result<Value, any Error>, _ failure: RedisError?) throws -> Value {
        guard let failure else { return try result.get() }
        guard failure.code != .leaseLost else {
            if case .failure(let error) = result { throw failure.causing(error) }
            throw failure
        }
        logUnreleased(failure)
        return try result.get()
    }

    private func logUnreleased(_ error: RedisError) {
        let metadata: Logger.Metadata = ["lock": "\(name.debugDescription)", "error": "\(error)"]
        let text = "a lease could not be given back, and ends after its time to live"
        terms.client.configuration.logger.notice("\(text)", metadata: metadata)
    }
}
