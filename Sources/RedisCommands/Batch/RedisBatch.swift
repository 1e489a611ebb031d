/// Commands that are sent together, in one write, with one wait for all replies.
///
/// ```swift
/// var batch = RedisBatch()
/// let visits = batch.append(.incr("visits"))
/// batch.append(["PFADD", "visitors", id])
/// let results = try await client.send(batch)
/// let count = try results[visits].get()
/// ```
///
/// A batch is not a transaction: commands of others may come between its own, and each succeeds or fails alone. Its
/// commands are kept as they are sent, so that a batch of a million small ones takes little more than their bytes.
public struct RedisBatch: Sendable {
    /// The commands as they are sent, one behind the other.
    private(set) var encoded: [UInt8] = []
    /// Where each command ends in `encoded`.
    private(set) var ends: [Int] = []
    /// The commands that a shared link may not carry.
    private var special: [Int] = []
    /// The digests of the scripts that commands before have brought along.
    private var digests: Set<String> = []
    /// The commands that run a script by its digest, with the command that runs it by its text.
    private(set) var scripts: [Int: RedisCommand] = [:]

    /// An empty batch.
    public init() {}

    /// The number of commands.
    public var count: Int { ends.count }

    /// Whether there are no commands.
    public var isEmpty: Bool { ends.isEmpty }

    /// The place of a request in its batch, by which its reply is read.
    public struct Position<Reply: Sendable>: Sendable {
        /// How many commands of the batch come before.
        public let index: Int
        let request: RedisRequest<Reply>
    }

    /// Appends a command.
    public mutating func append(_ command: RedisCommand) {
        if case .any = LinkRule.need(of: command) {} else { special.append(count) }
        encoded += command.encoded
        ends.append(encoded.count)
    }

    /// Appends a request, and returns its place.
    @discardableResult
    public mutating func append<Reply>(_ request: RedisRequest<Reply>) -> Position<Reply> {
        append(request.command)
        return Position(index: count - 1, request: request)
    }

    /// Appends the run of a script. The first run of each script carries its text, so that the server knows it from
    /// then on; others name it by its digest. If the server has forgotten it in between, the run is sent again with the
    /// text, behind the others.
    public mutating func append(
        _ script: RedisScript,
        keys: [any RedisBytesConvertible],
        arguments: [any RedisBytesConvertible] = []
    ) {
        let isKnown = !digests.insert(script.digest).inserted
        if isKnown { scripts[count] = script.command(byDigest: false, keys, arguments) }
        append(script.command(byDigest: isKnown, keys, arguments))
    }

    /// The bytes of one command.
    func range(of index: Int) -> Range<Int> { start(of: index)..<ends[index] }

    /// The bytes of several commands, one behind the other.
    package func bytes(of range: Range<Int>) -> Range<Int> {
        range.isEmpty ? 0..<0 : start(of: range.lowerBound)..<ends[range.upperBound - 1]
    }

    private func start(of index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

    /// One command.
    func command(at index: Int) -> RedisCommand { RedisCommand(encoded: Array(encoded[range(of: index)])) }

    /// The commands at these positions, as a batch. A script that a server does not know is part of it with its text.
    func part(_ positions: [Int], after results: [Result<RESPValue, RedisError>]) -> RedisBatch {
        var part = RedisBatch()
        for position in positions {
            let whole = results[position].isOfUnknownScript ? scripts[position] : nil
            part.append(whole ?? command(at: position))
        }
        return part
    }

    /// Refuses commands that the link may not carry, or that would hold up the others of the batch.
    func check(over link: LinkRule.Link) throws(RedisError) {
        for index in special {
            let command = command(at: index)
            do throws(RedisError) {
                if case .exclusive = LinkRule.need(of: command) {
                    let name = command.name.commandName ?? ""
                    throw RedisError(.invalidCommand, "\(name) blocks, and would hold up the batch: send it alone")
                }
                try LinkRule.check(command, over: link)
            } catch {
                throw RedisError(
                    .invalidCommand,
                    "command \(index) of the batch: \(error.message)",
                    phase: .command,
                    underlyingError: error
                )
            }
        }
    }

    /// The parts in which the batch is sent: each as large as fits, so that neither the output nor the server's replies
    /// of one write grow without a bound.
    package func chunks(within limit: RedisInFlightLimit) -> [Range<Int>] {
        let mostCommands = max(min(Self.mostCommands, limit.commands), 1)
        let mostBytes = max(min(Self.mostBytes, limit.bytes), 1)
        var chunks: [Range<Int>] = []
        var start = 0
        for index in 0..<count {
            let bytes = ends[index] - self.start(of: start)
            if index > start, index - start >= mostCommands || bytes > mostBytes {
                chunks.append(start..<index)
                start = index
            }
        }
        if start < count { chunks.append(start..<count) }
        return chunks
    }

    private static let mostCommands = 8_192
    private static let mostBytes = 4 << 20
}

/// The outcome of each command of a batch, in the order of the commands.
public struct RedisBatchResults: RandomAccessCollection, Sendable {
    private let results: [Result<RESPValue, RedisError>]
    /// In how many writes the batch was sent. A large one goes in several, and each is one write.
    public let chunkCount: Int

    init(_ results: [Result<RESPValue, RedisError>], chunkCount: Int) {
        self.results = results
        self.chunkCount = chunkCount
    }

    /// The first position, always 0.
    public var startIndex: Int { 0 }

    /// The position after the last command.
    public var endIndex: Int { results.count }

    /// The outcome of the command at `index`, which must be in `0..<count`.
    public subscript(index: Int) -> Result<RESPValue, RedisError> { results[index] }

    /// The outcome of a request, in the type of its reply.
    public subscript<Reply>(position: RedisBatch.Position<Reply>) -> Result<Reply, RedisError> {
        position.request.result(of: results[position.index])
    }

    /// The first error with the position of its command; `nil` when all commands succeeded.
    public var firstError: (index: Int, error: RedisError)? {
        for (index, result) in results.enumerated() {
            if case .failure(let error) = result { return (index, error) }
        }
        return nil
    }

    /// The replies of all commands.
    ///
    /// - Throws: The first error.
    public func get() throws(RedisError) -> [RESPValue] {
        if let firstError { throw firstError.error }
        return results.compactMap { try? $0.get() }
    }
}

/// How a batch ended whose replies were discarded.
public struct RedisBatchTally: Sendable {
    /// How many commands were answered without an error.
    public var successCount = 0
    /// How many commands failed.
    public var errorCount = 0
    /// The first errors, at most 16 for each write, with the positions of their commands.
    public var errors: [(index: Int, error: RedisError)] = []
    /// In how many writes the batch was sent.
    public var chunkCount = 0
}

extension Result<RESPValue, RedisError> {
    /// Whether the server does not know the script of that digest.
    var isOfUnknownScript: Bool {
        if case .failure(let error) = self { error.isOfUnknownScript } else { false }
    }
}

extension RedisError {
    /// Whether the server does not know the script of that digest. Its own words are looked for, because a script that
    /// ran may return an error that begins like them.
    var isOfUnknownScript: Bool { serverMessage?.utf8.begins(with: "NOSCRIPT No matching script") == true }

    /// The outcomes of commands without a reply, of which `writtenBytes` bytes were handed to the system.
    func outcome(ofEnd end: Int, writtenBytes: Int) -> RedisError {
        with(end <= writtenBytes ? .unknown : .notExecuted)
    }
}
