import RedisCommands
import RedisReactor
import RedisTesting
import Testing

/// One change at a server that shows afterwards how often it was made.
struct NumberedCommand: Sendable, Hashable {
    enum Kind: CaseIterable, Sendable {
        /// Appends the number to a list, where a second execution shows as a second number.
        case push
        /// Increments a counter of its own, where a second execution shows as 2.
        case increment
        /// Sets a key of its own. A second execution does not show, and may happen if the policy admits it.
        case set
    }

    let kind: Kind
    let number: Int
    /// The beginning of the key, which decides about the slot.
    let tag: String

    var key: RedisBytes {
        switch kind {
        case .push: RedisBytes("\(tag)list:\(number / 100)")
        case .increment: RedisBytes("\(tag)count:\(number)")
        case .set: RedisBytes("\(tag)text:\(number)")
        }
    }

    var command: RedisCommand {
        switch kind {
        case .push: ["RPUSH", key, number]
        case .increment: ["INCR", key]
        case .set: ["SET", key, number]
        }
    }
}

/// What callers were told became of their commands, and what the servers say of it.
final class CommandAccount: Sendable {
    /// What a caller was told.
    enum Claim: String, Sendable, CaseIterable {
        case succeeded, executed, notExecuted, unknown

        init(_ error: any Error) {
            switch (error as? RedisError)?.execution {
            case .executed?: self = .executed
            case .notExecuted?: self = .notExecuted
            case .unknown?, nil: self = .unknown
            }
        }

        init(_ result: Result<RESPValue, RedisError>) {
            switch result {
            case .success: self = .succeeded
            case .failure(let error): self = Claim(error)
            }
        }
    }

    private struct State {
        var claims: [(command: NumberedCommand, claim: Claim)] = []
        var counts: [Claim: Int] = [:]
        var lastNumber = 0
    }

    private let state = Locked(State())

    func nextNumber() -> Int {
        state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    func add(_ commands: [NumberedCommand], _ claims: [Claim]) {
        state.withLock { state in
            for (command, claim) in zip(commands, claims) {
                state.claims.append((command, claim))
                state.counts[claim, default: 0] += 1
            }
        }
    }

    /// How many commands have succeeded.
    var successCount: Int { state.withLock { $0.counts[.succeeded, default: 0] } }

    var summary: String {
        let counts = state.withLock { $0.counts }
        return Claim.allCases.map { "\(counts[$0, default: 0]) \($0)" }.joined(separator: ", ")
    }

    /// What is wrong, in words; nothing if each command was executed as often as its caller was told.
    func complaints(_ client: RedisClient) async throws -> [String] {
        let claims = state.withLock { $0.claims }
        let found = try await executions(claims.map(\.command), client)
        var complaints: [String] = []
        for (command, claim) in claims {
            let count = found[command, default: 0]
            let isRight =
                switch claim {
                case .succeeded, .executed: count == 1
                case .notExecuted: count == 0
                case .unknown: count <= 1
                }
            guard !isRight else { continue }
            let name = "\(command.command.name) \(command.key) \(command.number)"
            complaints.append("\(name): \(claim), ran \(count) times")
        }
        let strangers = found.keys.count - Set(claims.map(\.command)).intersection(found.keys).count
        if strangers > 0 { complaints.append("\(strangers) numbers that nobody sent") }
        return complaints
    }

    /// How often each command was executed.
    private func executions(_ commands: [NumberedCommand], _ client: RedisClient) async throws -> [NumberedCommand: Int]
    {
        var found: [NumberedCommand: Int] = [:]
        var lists: [RedisBytes: String] = [:]
        for command in commands where command.kind == .push { lists[command.key] = command.tag }
        for (key, tag) in lists {
            for element in try await client.send(["LRANGE", key, 0, -1]).elements ?? [] {
                found[NumberedCommand(kind: .push, number: element.integer ?? -1, tag: tag), default: 0] += 1
            }
        }
        let others = commands.filter { $0.kind != .push }
        for start in stride(from: 0, to: others.count, by: 1000) {
            let part = others[start..<min(start + 1000, others.count)]
            var batch = RedisBatch()
            for command in part { batch.append(["GET", command.key]) }
            for (command, value) in zip(part, try await client.send(batch).get()) {
                guard let number = value.integer else { continue }
                found[command] = command.kind == .set ? 1 : number
            }
        }
        return found
    }
}

/// Sends numbered commands from several tasks, in each of the ways in which a client sends commands, until it is told
/// to stop.
struct NumberedLoad: Sendable {
    let client: RedisClient
    let account: CommandAccount
    /// The beginnings of keys. Those of one transaction have the same.
    let tags: [String]

    private enum Way: CaseIterable { case single, batch, block, watching, cancelled, impatient, cancelledBatch }

    /// Runs until the task is cancelled.
    func run(_ seed: UInt64) async {
        var random = SeededGenerator(seed: seed)
        while !Task.isCancelled {
            let way = random.element(of: Way.allCases)
            let tag = random.element(of: tags)
            let count = way == .single || way == .cancelled || way == .impatient ? 1 : random.number(in: 2...12)
            let commands = (0..<count).map { _ in
                let kind = random.element(of: NumberedCommand.Kind.allCases)
                let isOneSlot = way == .block || way == .watching
                return NumberedCommand(
                    kind: kind,
                    number: account.nextNumber(),
                    tag: isOneSlot ? tag : random.element(of: tags)
                )
            }
            let patience = random.number(in: 0...60)
            let task = Task { await claims(way, commands, patience) }
            if way == .cancelled || way == .cancelledBatch {
                for _ in 0..<patience { await Task.yield() }
                task.cancel()
            }
            account.add(commands, await task.joined)
            // The pace of the load.
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private func claims(_ way: Way, _ commands: [NumberedCommand], _ patience: Int) async -> [CommandAccount.Claim] {
        var batch = RedisBatch()
        for command in commands { batch.append(command.command) }
        do {
            switch way {
            case .single, .cancelled:
                try await client.send(commands[0].command)
                return [.succeeded]
            case .impatient:
                try await client.send(commands[0].command, timeout: .microseconds(patience * 100))
                return [.succeeded]
            case .batch, .cancelledBatch:
                return try await client.send(batch).map { CommandAccount.Claim($0) }
            case .block:
                return try await client.atomically(batch).map { CommandAccount.Claim($0) }
            case .watching:
                let key = RedisBytes("\(commands[0].tag)watched")
                return try await client.transaction(watching: [key]) { [batch] transaction in
                    try await transaction.send(["GET", key])
                    return try await transaction.commit(batch).map { CommandAccount.Claim($0) }
                }
            }
        } catch { return commands.map { _ in CommandAccount.Claim(error) } }
    }
}
