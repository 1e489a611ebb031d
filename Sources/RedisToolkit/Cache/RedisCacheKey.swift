internal import RedisCore
internal import RedisReactor

/// Names what a cache is to forget: the value of a key in a region, or all values with a tag.
///
/// ```swift
/// struct User: CacheInvalidating {
///     var cacheKeys: [RedisCacheKey] { [RedisCacheKey("user", id), .tag("team:\(team)")] }
/// }
/// ```
public struct RedisCacheKey: Sendable, Hashable {
    enum Target: Sendable, Hashable {
        case key(region: String, text: RedisBytes)
        case tag(String)
        /// A key that has no form as text.
        case unusable(region: String)
    }

    let target: Target

    init(_ target: Target) { self.target = target }

    /// The key of a value in a region.
    ///
    /// - Parameters:
    ///   - region: The name of the region.
    ///   - key: The key.
    public init(_ region: String, _ key: some Encodable & Hashable) {
        do { target = .key(region: region, text: try Self.text(of: key)) } catch { target = .unusable(region: region) }
    }

    /// The key of what a function of `RedisCache.cached` returns for these arguments.
    ///
    /// - Parameters:
    ///   - name: The name of the function.
    ///   - arguments: The arguments.
    public init<each Argument: Hashable & Encodable & Sendable>(
        function name: String,
        _ arguments: repeat each Argument
    ) {
        self.init(name, RedisCacheCall(repeat each arguments))
    }

    /// All values with a tag.
    public static func tag(_ name: String) -> RedisCacheKey { RedisCacheKey(.tag(name)) }

    /// The longest text that stands in a key as it is.
    private static let longestText = 200
    private static let digestPrefix = "sha256:"

    /// The text by which a key is known at the server, the same for equal keys in all processes: text as it is,
    /// anything else as JSON with sorted names, and the digest of what is long.
    package static func text(of key: some Encodable) throws -> RedisBytes {
        let text = if let text = key as? String { RedisBytes(text) } else { try RedisJSONCoder().encode(key) }
        // A text of the form of a digest must not pass for the digest of another.
        guard text.count > longestText || text.starts(with: digestPrefix.utf8) else { return text }
        return RedisBytes(digestPrefix + KeyDigest.of(text.ownBytes))
    }
}

/// The arguments of a call, as the key of what it returns.
public struct RedisCacheCall<each Argument: Hashable & Encodable & Sendable>: Hashable, Encodable, Sendable {
    /// The arguments.
    public let arguments: (repeat each Argument)

    /// The key of these arguments.
    @inlinable
    public init(_ arguments: repeat each Argument) { self.arguments = (repeat each arguments) }

    /// Whether all arguments are equal. Texts are compared by their bytes.
    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        for (mine, other) in repeat (each left.arguments, each right.arguments) {
            if let mine = mine as? String, let other = other as? String {
                if !mine.hasSameBytes(as: other) { return false }
            } else if mine != other {
                return false
            }
        }
        return true
    }

    /// Feeds the arguments to a hasher.
    @inlinable
    public func hash(into hasher: inout Hasher) { for argument in repeat each arguments { hasher.combine(argument) } }

    /// Writes the arguments as an array.
    ///
    /// - Throws: What an argument's own encoding throws.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for argument in repeat each arguments { try container.encode(argument) }
    }
}

/// What changes values that a cache has: `RedisCache.invalidating(_:)` forgets them when it is saved.
public protocol CacheInvalidating {
    /// What a cache has to forget when this changes.
    var cacheKeys: [RedisCacheKey] { get }
}
