// The file's times are in both modules; which of them counts as their origin differs between builds.
internal import CRedisLibevent
import RedisPOSIX
import Synchronization

/// Shares one context among all links of the same configuration, because reading the system's authorities alone takes a
/// megabyte and ten milliseconds.
package enum TLSContextCache {
    /// Identifies a configuration, without the password of its key.
    private struct Key: Hashable {
        var configuration: RedisTLSConfiguration
        /// A digest with a random number of this process.
        var password: [UInt8]?

        init(_ configuration: RedisTLSConfiguration) throws(RedisTLSError) {
            self.configuration = configuration
            self.configuration.identity?.password = nil
            if let text = configuration.identity?.password {
                password = try Digest.of(text, salt: TLSContextCache.salt)
            }
        }
    }

    private struct Entry {
        weak var context: TLSContext?
        /// Distinguishes the entry from other entries of its key.
        var number: UInt64
        var filesChanged: [RedisTimestamp?]
    }

    private static let salt = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    private static let entries = Locked<[Key: Entry]>([:])
    private static let lastNumber = Atomic<UInt64>(0)

    /// A context for `configuration`: one that is in use and whose files have not changed since, or a new one. Reading
    /// files may block.
    package static func context(for configuration: RedisTLSConfiguration) throws(RedisTLSError) -> TLSContext {
        let key = try Key(configuration)
        let filesChanged = configuration.files.map(changeTime)
        let known = entries.withLock { $0[key] }
        if let context = known?.context, known?.filesChanged == filesChanged { return context }
        let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        let context = try TLSContext(configuration) {
            // Another entry may have replaced this one. It is not touched, because releasing it here could call this
            // again, under the lock.
            entries.withLock { entries in if entries[key]?.number == number { entries[key] = nil } }
        }
        entries.withLock { $0[key] = Entry(context: context, number: number, filesChanged: filesChanged) }
        return context
    }

    /// Whether a context is kept for `configuration`.
    package static func keeps(_ configuration: RedisTLSConfiguration) throws(RedisTLSError) -> Bool {
        let key = try Key(configuration)
        return entries.withLock { $0[key] != nil }
    }

    private static func changeTime(_ path: String) -> RedisTimestamp? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return RedisTimestamp(
            microseconds: Int64(facts.st_mtim.tv_sec) * 1_000_000 + Int64(facts.st_mtim.tv_nsec) / 1_000
        )
    }
}

extension RedisTLSConfiguration {
    fileprivate var files: [String] {
        var files: [String] = []
        switch authorities {
        case .system: break
        case .file(let path), .directory(let path): files.append(path)
        }
        if let identity { files += [identity.certificate, identity.privateKey] }
        return files
    }
}
