import RedisCommands
import TestSupport
import Testing

@Suite("The replies of a transaction", .tags(.unit))
struct TransactionBlockTests {
    private let transaction: TransactionBlock

    init() {
        var batch = RedisBatch()
        batch.append(["SET", "a", "1"])
        batch.append(["INCR", "b"])
        transaction = TransactionBlock(batch)
    }

    private static let ok = RESPValue.simpleString("OK")
    private static let queued = RESPValue.simpleString("QUEUED")

    private func error(_ replies: [RESPValue]) -> RedisError? {
        do throws(RedisError) { _ = try transaction.outcome(of: .success(.array(replies))) } catch { return error }
        return nil
    }

    @Test("are those of its commands, each with its own result")
    func executed() throws {
        #expect(transaction.block.count == 4)
        let replies: [RESPValue] = [Self.ok, Self.queued, Self.queued, .array([Self.ok, .error("WRONGTYPE no")])]
        guard case .executed(let results) = try transaction.outcome(of: .success(.array(replies))) else {
            Issue.record("there was a conflict")
            return
        }
        #expect(results.count == 2)
        #expect(try results[0].get() == Self.ok)
        guard case .failure(let error) = results[1] else {
            Issue.record("the second one succeeded")
            return
        }
        #expect(error.serverPrefix == "WRONGTYPE")
        #expect(error.execution == .notExecuted)
    }

    @Test("may be a conflict")
    func conflict() throws {
        let replies: [RESPValue] = [Self.ok, Self.queued, Self.queued, .null]
        guard case .conflict = try transaction.outcome(of: .success(.array(replies))) else {
            Issue.record("no conflict")
            return
        }
    }

    @Test("name the command that was refused, and say that nothing ran only if EXEC says so")
    func aborted() {
        let no = RESPValue.error("ERR wrong number of arguments")
        let refused = error([Self.ok, Self.queued, no, .error("EXECABORT Transaction discarded")])
        #expect(refused?.code == .transactionAborted)
        #expect(refused?.execution == .notExecuted)
        #expect(refused?.message.hasPrefix("command 1 of the transaction, INCR, was refused") == true)
        // A server that runs the others all the same.
        let others = error([Self.ok, no, Self.queued, .array([.integer(1)])])
        #expect(others?.code == .transactionAborted)
        #expect(others?.execution == .executed)
    }

    @Test("without MULTI say that its commands ran, if any did")
    func refusedMulti() {
        let exec = RESPValue.error("ERR EXEC without MULTI")
        let ran = error([.error("NOPERM no"), Self.ok, .integer(1), exec])
        #expect(ran?.code == .notPermitted)
        #expect(ran?.execution == .executed)
        #expect(error([.error("NOPERM no"), .error("ERR no"), .integer(1), exec])?.execution == .executed)
        let loading = RESPValue.error("LOADING no")
        let none = error([loading, loading, loading, loading])
        #expect(none?.serverPrefix == "LOADING")
        #expect(none?.execution == .notExecuted)
    }

    @Test("of another form are an error that does not promise too much")
    func odd() {
        let exec = error([Self.ok, Self.queued, Self.queued, .array([Self.ok])])
        #expect(exec?.code == .unexpectedReply)
        #expect(exec?.execution == .executed)
        #expect(error([Self.ok, Self.queued, Self.queued, .integer(1)])?.execution == .executed)
        #expect(error([Self.ok, Self.queued, Self.queued])?.execution == .unknown)
        #expect(error([Self.ok, Self.queued, Self.queued, .error("MOVED 1 a:1")])?.execution == .notExecuted)
        #expect(error([Self.ok, Self.queued, Self.queued, .error("ERR halfway")])?.execution == .unknown)
        let lost = RedisError(.connectionLost, "lost").with(.unknown)
        let passed = #expect(throws: RedisError.self) { _ = try transaction.outcome(of: .failure(lost)) }
        #expect(passed?.execution == .unknown)
    }
}

@Suite("The parts of a large batch", .tags(.unit))
struct BatchChunkTests {
    private func batch(_ sizes: [Int]) -> RedisBatch {
        var batch = RedisBatch()
        for size in sizes { batch.append(["ECHO", String(repeating: "x", count: size)]) }
        return batch
    }

    private func limit(commands: Int = 1 << 30, bytes: Int = 1 << 40) -> RedisInFlightLimit {
        var limit = RedisInFlightLimit()
        (limit.commands, limit.bytes) = (commands, bytes)
        return limit
    }

    @Test("have as many commands as may be on their way")
    func commands() {
        #expect(batch([]).chunks(within: limit()) == [])
        #expect(batch([1]).chunks(within: limit(commands: 1)) == [0..<1])
        #expect(batch(Array(repeating: 1, count: 8)).chunks(within: limit(commands: 3)) == [0..<3, 3..<6, 6..<8])
        #expect(batch(Array(repeating: 1, count: 9)).chunks(within: limit(commands: 3)) == [0..<3, 3..<6, 6..<9])
        let many = batch(Array(repeating: 1, count: 20_000)).chunks(within: limit())
        #expect(many == [0..<8_192, 8_192..<16_384, 16_384..<20_000])
    }

    @Test("have as many bytes as may be on their way, and a larger command goes alone")
    func bytes() {
        let sizes = [10, 10, 5_000, 10, 10, 10]
        let whole = batch(sizes)
        let small = whole.bytes(of: 0..<1).count
        #expect(whole.chunks(within: limit(bytes: 2 * small)) == [0..<2, 2..<3, 3..<5, 5..<6])
        #expect(whole.chunks(within: limit(bytes: 2 * small - 1)) == (0..<6).map { $0..<($0 + 1) })
        #expect(whole.chunks(within: limit(bytes: 1)) == (0..<6).map { $0..<($0 + 1) })
        let megabytes = batch(Array(repeating: 1 << 20, count: 8)).chunks(within: limit())
        #expect(megabytes == [0..<3, 3..<6, 6..<8])
    }
}
