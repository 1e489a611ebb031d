// The file's times come with both modules; which of them counts as their home differs between builds.
internal import CRedisLibevent
import RedisPOSIX
import Synchronization

/// Lends one context to all links of the same configuration: the system's authorities alone take a megabyte and ten
/// milliseconds to read.
package enum TLSContextCache {
    /// What tells one configuration from another, without the password of its key.
    private struct Key: Hashable {
        var configuration: RedisTLSConfiguration
        /// A digest with a number in it that no other process has.
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
        /// Tells the entry from others of its key.
        var number: UInt64
        var filesChanged: [RedisTimestamp?]
    }

    private static let salt = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    private static let entries = Locked<[Key: Entry]>([:])
    private static let lastNumber = Atomic<UInt64>(0)

    /// A context for `configuration`: one that is in use and whose files have not changed since, or a new one. It may
    /// block while it reads files.
    package static func context(for configuration: RedisTLSConfiguration) throws(RedisTLSError) -> TLSContext {
        let key = try Key(configuration)
        let filesChanged = configuration.files.map(changeTime)
        let known = entries.withLock { $0[key] }
        if let context = known?.context, known?.filesChanged == filesChanged { return context }
        let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        let context = try TLSContext(configuration) {
            // Another may be there by then. It is not looked at: to let go of it in here could call this again, under
            // the lock.
            entries.withLock { entries in if entries[key]?.number == number { entries[key] = nil } }
        }
        entries.withLock { $0[key] = Entry(context: context, number: number, filesChanged: filesChanged) }
        return context
    }

    /// Whether anything is kept for `configuration`.
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
