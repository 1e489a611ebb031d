import RedisCommands
import RedisCore
import RedisRESP

/// What a server answers to transactions, and to the parts of a command over several slots: nothing traps that reads
/// it, and nothing is promised that the replies do not show.
enum BatchReplies {
    static func check(_ source: inout ReplySource) throws(Broken) {
        if source.choice(2) == 0 { try checkTransaction(&source) } else { try checkSplit(&source) }
    }

    private static let ok = RESPValue.simpleString("OK")
    private static let queued = RESPValue.simpleString("QUEUED")

    private static func checkTransaction(_ source: inout ReplySource) throws(Broken) {
        var batch = RedisBatch()
        let names = ["SET", "EVAL", "INCR"]
        let count = 1 + source.choice(3)
        for index in 0..<count { batch.append([names[index], "k", "v"]) }
        let transaction = TransactionBlock(batch)
        let executed = RESPValue.array(
            source.values(ok) + (1..<4).prefix(count - 1).map { .integer($0) }
        )
        var replies = source.values(ok)
        for _ in 0..<count { replies += source.values(queued) }
        replies += source.values(executed)
        let reply = try source.value(.array(replies)).sent()
        let outcome: TransactionBlock.Outcome
        do throws(RedisError) { outcome = try transaction.outcome(of: .success(reply)) } catch {
            guard error.execution == .notExecuted else { return }
            // Only a refusal, and never a reply that a command has, shows that nothing ran.
            let values = reply.elements ?? []
            try Broken.unless(values.count == count + 2, "\(values.count) replies say that nothing ran")
            guard case .error? = values.last else { throw Broken(property: "EXEC succeeded, and nothing ran") }
            guard case .error? = values.first else { return }
            for value in values.dropFirst().dropLast() {
                guard case .error = value else { throw Broken(property: "without MULTI a command has run") }
            }
            return
        }
        guard case .executed(let results) = outcome else { return }
        try Broken.unless(results.count == count, "\(count) commands have \(results.count) results")
    }

    private static func checkSplit(_ source: inout ReplySource) throws(Broken) {
        let commands: [(RedisCommand, RESPValue)] = [
            (["MGET", "a", "b"], .array([.bulkString("1")])), (["DEL", "a", "b"], .integer(1)),
            (["MSET", "a", "1", "b", "2"], ok),
        ]
        let (command, usual) = commands[source.choice(3)]
        guard let split = SlotSplit(command) else { throw Broken(property: "a command has no parts") }
        var results: [Result<RESPValue, RedisError>] = []
        for _ in split.parts {
            let value = try source.value(usual).sent()
            if case .error(let line) = value {
                results.append(.failure(.server(line.description, to: command.name, at: nil)))
            } else {
                results.append(.success(value))
            }
        }
        let hasRun = results.contains { if case .success = $0 { true } else { false } }
        switch split.merge(results) {
        case .success(let value):
            if case .integer(let sum) = value { try Broken.unless(sum >= 0, "a sum is \(sum)") }
        case .failure(let error):
            try Broken.unless(!hasRun || error.execution == .executed, "a part has run, and the whole has not")
        }
    }
}
