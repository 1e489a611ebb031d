// Written by Tools/commands/generate. Change Tools/commands/table and run it again.

extension RedisRequest where Reply == RESPValue {
    /// Runs a script, and returns what it returns. (EVAL)
    public static func eval(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) -> RedisRequest<RESPValue> {
        let command = RedisCommand("EVAL", count: 3 + keys.count + arguments.count) { writer in
            script.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Runs a script that writes nothing, and returns what it returns. Since Redis 7.0. (EVAL_RO)
    public static func evalReadOnly(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) -> RedisRequest<RESPValue> {
        let command = RedisCommand("EVAL_RO", count: 3 + keys.count + arguments.count) { writer in
            script.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Runs a script that the server has, by its SHA-1 in hexadecimal, and returns what it returns. A script that it
    /// does not have is an error of the server (NOSCRIPT). (EVALSHA)
    public static func evalsha(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) -> RedisRequest<RESPValue> {
        let command = RedisCommand("EVALSHA", count: 3 + keys.count + arguments.count) { writer in
            sha.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Runs a script that the server has and that writes nothing, and returns what it returns. Since Redis 7.0.
    /// (EVALSHA_RO)
    public static func evalshaReadOnly(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) -> RedisRequest<RESPValue> {
        let command = RedisCommand("EVALSHA_RO", count: 3 + keys.count + arguments.count) { writer in
            sha.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Calls a function, and returns what it returns. Since Redis 7.0. (FCALL)
    public static func fcall(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) -> RedisRequest<RESPValue> {
        let command = RedisCommand("FCALL", count: 3 + keys.count + arguments.count) { writer in
            function.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Calls a function that writes nothing, and returns what it returns. Since Redis 7.0. (FCALL_RO)
    public static func fcallReadOnly(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) -> RedisRequest<RESPValue> {
        let command = RedisCommand("FCALL_RO", count: 3 + keys.count + arguments.count) { writer in
            function.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == String {
    /// Gives the server a script, and returns its SHA-1 in hexadecimal. (SCRIPT LOAD)
    public static func scriptLoad(_ script: some RedisBytesConvertible) -> RedisRequest<String> {
        RedisRequest(RedisCommand("SCRIPT", "LOAD", script))
    }

    /// Gives the server a library of functions, and returns its name. A library that exists and is not to be replaced
    /// is an error of the server. Since Redis 7.0. (FUNCTION LOAD)
    public static func functionLoad(
        _ library: some RedisBytesConvertible,
        replacing: Bool = false
    ) -> RedisRequest<String> {
        let command = RedisCommand("FUNCTION", count: 3 + (replacing ? 1 : 0)) { writer in
            writer.append("LOAD")
            if replacing { writer.append("REPLACE") }
            library.write(to: &writer)
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == [Bool] {
    /// Which of the scripts the server has, in their order. (SCRIPT EXISTS)
    public static func scriptExists<each Argument: RedisBytesConvertible>(
        _ shas: repeat each Argument
    ) -> RedisRequest<[Bool]> {
        RedisRequest(RedisCommand("SCRIPT", "EXISTS", repeat each shas))
    }

    /// Which of the scripts the server has, in their order. (SCRIPT EXISTS)
    public static func scriptExists(_ shas: [some RedisBytesConvertible]) -> RedisRequest<[Bool]> {
        let command = RedisCommand("SCRIPT", count: 2 + shas.count) { writer in
            writer.append("EXISTS")
            for argument in shas { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisRequest where Reply == Void {
    /// Lets the server forget all scripts. (SCRIPT FLUSH)
    public static func scriptFlush() -> RedisRequest<Void> {
        let command = RedisCommand("SCRIPT", "FLUSH")
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }

    /// Removes a library of functions. Since Redis 7.0. (FUNCTION DELETE)
    public static func functionDelete(_ name: some RedisBytesConvertible) -> RedisRequest<Void> {
        let command = RedisCommand("FUNCTION", "DELETE", name)
        return RedisRequest(command) { reply throws(RedisError) in try command.expecting(Replies.ok(reply)) }
    }
}

extension RedisRequest {
    /// Runs a script, and returns what it returns. In the type that the caller names. (EVAL)
    public static func eval(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Reply.Type
    ) -> RedisRequest<Reply> where Reply: RedisReply {
        let command = RedisCommand("EVAL", count: 3 + keys.count + arguments.count) { writer in
            script.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Runs a script that writes nothing, and returns what it returns. In the type that the caller names. Since Redis
    /// 7.0. (EVAL_RO)
    public static func evalReadOnly(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Reply.Type
    ) -> RedisRequest<Reply> where Reply: RedisReply {
        let command = RedisCommand("EVAL_RO", count: 3 + keys.count + arguments.count) { writer in
            script.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Runs a script that the server has, by its SHA-1 in hexadecimal, and returns what it returns. A script that it
    /// does not have is an error of the server (NOSCRIPT). In the type that the caller names. (EVALSHA)
    public static func evalsha(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Reply.Type
    ) -> RedisRequest<Reply> where Reply: RedisReply {
        let command = RedisCommand("EVALSHA", count: 3 + keys.count + arguments.count) { writer in
            sha.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Runs a script that the server has and that writes nothing, and returns what it returns. In the type that the
    /// caller names. Since Redis 7.0. (EVALSHA_RO)
    public static func evalshaReadOnly(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Reply.Type
    ) -> RedisRequest<Reply> where Reply: RedisReply {
        let command = RedisCommand("EVALSHA_RO", count: 3 + keys.count + arguments.count) { writer in
            sha.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Calls a function, and returns what it returns. In the type that the caller names. Since Redis 7.0. (FCALL)
    public static func fcall(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Reply.Type
    ) -> RedisRequest<Reply> where Reply: RedisReply {
        let command = RedisCommand("FCALL", count: 3 + keys.count + arguments.count) { writer in
            function.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }

    /// Calls a function that writes nothing, and returns what it returns. In the type that the caller names. Since
    /// Redis 7.0. (FCALL_RO)
    public static func fcallReadOnly(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Reply.Type
    ) -> RedisRequest<Reply> where Reply: RedisReply {
        let command = RedisCommand("FCALL_RO", count: 3 + keys.count + arguments.count) { writer in
            function.write(to: &writer)
            keys.count.write(to: &writer)
            for argument in keys { argument.write(to: &writer) }
            for argument in arguments { argument.write(to: &writer) }
        }
        return RedisRequest(command)
    }
}

extension RedisCommandSender {
    /// Runs a script, and returns what it returns.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func eval(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(.eval(script, keys: keys, arguments: arguments))
    }

    /// Runs a script, and returns what it returns. In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func eval<Value: RedisReply>(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Value.Type
    ) async throws(RedisError) -> Value {
        try await send(.eval(script, keys: keys, arguments: arguments, as: type))
    }

    /// Runs a script that writes nothing, and returns what it returns. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func evalReadOnly(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(.evalReadOnly(script, keys: keys, arguments: arguments))
    }

    /// Runs a script that writes nothing, and returns what it returns. In the type that the caller names. Since Redis
    /// 7.0.
    ///
    /// - Throws: What `send` throws.
    public func evalReadOnly<Value: RedisReply>(
        _ script: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Value.Type
    ) async throws(RedisError) -> Value {
        try await send(.evalReadOnly(script, keys: keys, arguments: arguments, as: type))
    }

    /// Runs a script that the server has, by its SHA-1 in hexadecimal, and returns what it returns. A script that it
    /// does not have is an error of the server (NOSCRIPT).
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func evalsha(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(.evalsha(sha, keys: keys, arguments: arguments))
    }

    /// Runs a script that the server has, by its SHA-1 in hexadecimal, and returns what it returns. A script that it
    /// does not have is an error of the server (NOSCRIPT). In the type that the caller names.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func evalsha<Value: RedisReply>(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Value.Type
    ) async throws(RedisError) -> Value {
        try await send(.evalsha(sha, keys: keys, arguments: arguments, as: type))
    }

    /// Runs a script that the server has and that writes nothing, and returns what it returns. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func evalshaReadOnly(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(.evalshaReadOnly(sha, keys: keys, arguments: arguments))
    }

    /// Runs a script that the server has and that writes nothing, and returns what it returns. In the type that the
    /// caller names. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func evalshaReadOnly<Value: RedisReply>(
        _ sha: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Value.Type
    ) async throws(RedisError) -> Value {
        try await send(.evalshaReadOnly(sha, keys: keys, arguments: arguments, as: type))
    }

    /// Calls a function, and returns what it returns. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func fcall(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(.fcall(function, keys: keys, arguments: arguments))
    }

    /// Calls a function, and returns what it returns. In the type that the caller names. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func fcall<Value: RedisReply>(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Value.Type
    ) async throws(RedisError) -> Value {
        try await send(.fcall(function, keys: keys, arguments: arguments, as: type))
    }

    /// Calls a function that writes nothing, and returns what it returns. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func fcallReadOnly(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = []
    ) async throws(RedisError) -> RESPValue {
        try await send(.fcallReadOnly(function, keys: keys, arguments: arguments))
    }

    /// Calls a function that writes nothing, and returns what it returns. In the type that the caller names. Since
    /// Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func fcallReadOnly<Value: RedisReply>(
        _ function: some RedisBytesConvertible,
        keys: [any RedisBytesConvertible] = [],
        arguments: [any RedisBytesConvertible] = [],
        as type: Value.Type
    ) async throws(RedisError) -> Value {
        try await send(.fcallReadOnly(function, keys: keys, arguments: arguments, as: type))
    }

    /// Gives the server a script, and returns its SHA-1 in hexadecimal.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func scriptLoad(_ script: some RedisBytesConvertible) async throws(RedisError) -> String {
        try await send(.scriptLoad(script))
    }

    /// Which of the scripts the server has, in their order.
    ///
    /// - Throws: What `send` throws.
    public func scriptExists<each Argument: RedisBytesConvertible>(
        _ shas: repeat each Argument
    ) async throws(RedisError) -> [Bool] {
        try await send(.scriptExists(repeat each shas))
    }

    /// Which of the scripts the server has, in their order.
    ///
    /// - Throws: What `send` throws.
    public func scriptExists(_ shas: [some RedisBytesConvertible]) async throws(RedisError) -> [Bool] {
        try await send(.scriptExists(shas))
    }

    /// Lets the server forget all scripts.
    ///
    /// - Throws: What `send` throws.
    public func scriptFlush() async throws(RedisError) {
        try await send(.scriptFlush())
    }

    /// Gives the server a library of functions, and returns its name. A library that exists and is not to be replaced
    /// is an error of the server. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    @discardableResult
    public func functionLoad(
        _ library: some RedisBytesConvertible,
        replacing: Bool = false
    ) async throws(RedisError) -> String {
        try await send(.functionLoad(library, replacing: replacing))
    }

    /// Removes a library of functions. Since Redis 7.0.
    ///
    /// - Throws: What `send` throws.
    public func functionDelete(_ name: some RedisBytesConvertible) async throws(RedisError) {
        try await send(.functionDelete(name))
    }
}
