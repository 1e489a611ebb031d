/// A Lua script that runs at the server in one step.
///
/// ```swift
/// let take = RedisScript("return redis.call('DECRBY', KEYS[1], ARGV[1])", effect: .accumulating)
/// let rest = try await client.run(take, keys: ["stock"], arguments: [2]).integer
/// ```
///
/// A script is sent by its digest (EVALSHA). A server that does not know it, because it was started anew, failed over
/// or was told to forget its scripts, gets the text in the same call (EVAL), which runs and keeps it.
public struct RedisScript: Sendable, Hashable {
    /// What a second run changes, if it is not known whether the first one happened.
    public enum Effect: Sendable, Hashable {
        /// The script changes nothing.
        case readOnly
        /// It does nothing where its effect is there already.
        case checked
        /// Twice ends in the same state as once.
        case lastWriteWins
        /// Twice changes more than once.
        case accumulating
    }

    /// The text.
    public let source: String
    /// What a second run changes. The retry policy asks it.
    public let effect: Effect
    /// The SHA-1 digest of the text in hexadecimal digits, by which servers know the script.
    public let digest: String

    /// A script of this text, which must not be built from values: pass those as `arguments`, because servers keep each
    /// different text.
    public init(_ source: String, effect: Effect = .accumulating) {
        self.source = source
        self.effect = effect
        digest = ScriptDigest.of(source)
    }

    var commandClass: RedisCommandClass {
        switch effect {
        case .readOnly: .readOnly
        case .checked: .checked
        case .lastWriteWins: .lastWriteWins
        case .accumulating: .accumulating
        }
    }

    /// The command that runs the script.
    func command(
        byDigest: Bool,
        _ keys: [any RedisBytesConvertible],
        _ arguments: [any RedisBytesConvertible]
    ) -> RedisCommand {
        RedisCommand(argumentCount: 3 + keys.count + arguments.count, capacity: 64) { writer in
            writer.append(byDigest ? "EVALSHA" : "EVAL")
            writer.append(byDigest ? digest : source)
            writer.append(keys.count)
            for key in keys { key.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
    }
}

extension RedisClient {
    /// Runs a script and returns its reply.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - keys: The keys that it uses, all of them: on a cluster they name the node, and have to belong to one slot.
    ///   - arguments: The script's ARGV.
    ///   - timeout: How long to wait for the reply; `nil` means for ever.
    /// - Returns: The script's reply.
    /// - Throws: What `send` throws. The error of a script that failed may have `.executed` as its execution: what it
    ///   changed before it failed stays changed.
    @discardableResult
    public func run(
        _ script: RedisScript,
        keys: [any RedisBytesConvertible],
        arguments: [any RedisBytesConvertible] = [],
        timeout: Duration?
    ) async throws(RedisError) -> RESPValue {
        let began = ContinuousClock.now
        let known = script.command(byDigest: true, keys, arguments)
        do throws(RedisError) {
            return try await result(of: known, timeout: timeout, as: script.commandClass).get()
        } catch {
            guard error.isOfUnknownScript else { throw error }
            let rest = timeout.map { $0 - began.duration(to: .now) }
            let whole = script.command(byDigest: false, keys, arguments)
            let result = await result(of: whole, timeout: rest, as: script.commandClass)
            return try result.mapError { $0.after(error) }.get()
        }
    }

    /// Runs a script within the configuration's `commands.timeout`, and returns its reply.
    ///
    /// - Throws: What `run(_:keys:arguments:timeout:)` throws.
    @discardableResult
    public func run(
        _ script: RedisScript,
        keys: [any RedisBytesConvertible],
        arguments: [any RedisBytesConvertible] = []
    ) async throws(RedisError) -> RESPValue {
        try await run(script, keys: keys, arguments: arguments, timeout: configuration.commands.timeout)
    }
}

extension RedisLink {
    /// Runs a script over the link and returns its reply.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - keys: The keys that it uses.
    ///   - arguments: The script's ARGV.
    ///   - timeout: How long each of at most two requests may take; `nil` means for ever.
    /// - Returns: The script's reply.
    /// - Throws: What `send` throws. Nothing is tried again, but that a server that does not know the script gets its
    ///   text.
    @discardableResult
    public func run(
        _ script: RedisScript,
        keys: [any RedisBytesConvertible],
        arguments: [any RedisBytesConvertible] = [],
        timeout: Duration?
    ) async throws(RedisError) -> RESPValue {
        do throws(RedisError) {
            return try await send(script.command(byDigest: true, keys, arguments), timeout: timeout)
        } catch {
            guard error.isOfUnknownScript else { throw error }
            return try await send(script.command(byDigest: false, keys, arguments), timeout: timeout)
        }
    }
}
