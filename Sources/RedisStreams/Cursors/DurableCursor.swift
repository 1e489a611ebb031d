internal import RedisPOSIX
public import RedisRESP

/// Keeps the positions up to which the messages of durable channels were dealt with, so that a program that starts
/// again goes on there: at least once, because what was dealt with and not yet kept comes again.
///
/// ```swift
/// let cursor = DurableFileCursor(path: "/var/lib/orders/cursor")
/// let reader = try orders.subscription(from: try await cursor.start(of: "orders", else: .beginning))
/// try await reader.run(saving: cursor) { event in
///     if let message = event.message { try await handle(message) }
/// }
/// ```
public protocol DurableCursor: Sendable {
    /// The positions that were kept, by channel.
    ///
    /// - Returns: The positions; none when nothing was kept.
    /// - Throws: Why they cannot be read.
    func positions() async throws -> [RedisBytes: DurablePosition]

    /// Keeps these positions, beside those of other channels. Calls come one at a time.
    ///
    /// - Parameter positions: The positions, by channel.
    /// - Throws: Why they could not be kept.
    func save(_ positions: [RedisBytes: DurablePosition]) async throws
}

extension DurableCursor {
    /// Where to begin in a channel: behind the position that was kept, or elsewhere when none was.
    ///
    /// - Parameters:
    ///   - channel: The channel.
    ///   - otherwise: Where to begin for the first time.
    /// - Returns: Where to begin.
    /// - Throws: What `positions` throws.
    public func start(of channel: some RedisBytesConvertible, else otherwise: DurableStart) async throws -> DurableStart
    {
        try await positions()[channel.redisBytes].map { .after($0) } ?? otherwise
    }
}

/// Keeps positions in a file of this machine, a line for each channel. The file is replaced as a whole. When `save`
/// returns, a program that is killed does not lose it; after a power cut the positions may be those of the save before.
public actor DurableFileCursor: DurableCursor {
    private let path: String
    private var kept: [RedisBytes: DurablePosition]?

    /// Positions in the file of that path, which need not exist. No other object and no other process may use the file.
    public init(path: String) { self.path = path }

    /// The positions of the file.
    ///
    /// - Throws: `.systemFailure` when the file cannot be read; `.codingFailed` when it is no such file.
    public func positions() async throws -> [RedisBytes: DurablePosition] { try load() }

    /// Writes the positions.
    ///
    /// - Throws: `.systemFailure` when the file cannot be written, and then it is as it was; what `positions` throws.
    public func save(_ positions: [RedisBytes: DurablePosition]) async throws {
        let all = try load().merging(positions) { $1 }
        let lines = all.map { "\(CursorLine(channel: $0.key, position: $0.value))\n" }.sorted()
        do { try StateFile.replace(Array(path.utf8), with: Array(lines.joined().utf8)) } catch {
            throw RedisError(.systemFailure, "the cursor \(path): \(error)")
        }
        kept = all
    }

    private func load() throws -> [RedisBytes: DurablePosition] {
        if let kept { return kept }
        let bytes: [UInt8]?
        do { bytes = try StateFile.read(Array(path.utf8)) } catch {
            throw RedisError(.systemFailure, "the cursor \(path): \(error)")
        }
        var positions: [RedisBytes: DurablePosition] = [:]
        for (index, line) in (bytes ?? []).split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let line = CursorLine(String(decoding: line, as: UTF8.self)) else {
                throw RedisError(.codingFailed, "the cursor \(path): line \(index + 1) is no position of a channel")
            }
            positions[line.channel] = line.position
        }
        kept = positions
        return positions
    }
}

/// A line of a cursor's file: the channel in hexadecimal digits, because it may be any bytes, and its position.
struct CursorLine: CustomStringConvertible {
    let channel: RedisBytes
    let position: DurablePosition

    init(channel: RedisBytes, position: DurablePosition) {
        self.channel = channel
        self.position = position
    }

    init?(_ text: String) {
        guard let blank = text.utf8.firstIndex(of: UInt8(ascii: " ")),
            let position = DurablePosition(String(text[text.utf8.index(after: blank)...]))
        else { return nil }
        let digits = Array(text[..<blank].utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self.init(channel: RedisBytes(bytes), position: position)
    }

    var description: String {
        let digits = channel.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        return "\(digits.joined()) \(position)"
    }
}

/// Keeps positions in a hash at the server: a field for each channel.
public struct DurableKeyCursor: DurableCursor {
    private let key: RedisBytes
    private let client: RedisClient

    /// Positions in the hash of that key.
    ///
    /// - Parameters:
    ///   - key: The hash's key, one for each program that reads on its own.
    ///   - client: Reaches the server.
    public init(key: some RedisBytesConvertible, on client: RedisClient) {
        self.key = key.redisBytes
        self.client = client
    }

    /// The positions of the hash.
    ///
    /// - Throws: What `RedisClient.send` throws; `.codingFailed` when a field is no position.
    public func positions() async throws -> [RedisBytes: DurablePosition] {
        var positions: [RedisBytes: DurablePosition] = [:]
        for (channel, value) in try await client.hgetall(key) {
            guard let position = value.text.flatMap({ DurablePosition($0) }) else {
                let text = "the field \(channel.debugDescription) of \(key.debugDescription) is no position"
                throw RedisError(.codingFailed, text)
            }
            positions[channel] = position
        }
        return positions
    }

    /// Sets the fields of these channels.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func save(_ positions: [RedisBytes: DurablePosition]) async throws {
        if positions.isEmpty { return }
        let fields = positions.flatMap { [$0.key, $0.value.redisBytes] }
        try await client.send(RedisCommand(["HSET", key] + fields))
    }
}
