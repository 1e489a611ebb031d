// The file's times come with both modules; which of them counts as their home differs between builds.
internal import CLibevent
import POSIX

/// Lends one context to all links of the same configuration: the system's authorities alone take a megabyte and ten
/// milliseconds to read.
package enum TLSContextCache {
    private struct Entry {
        weak var context: TLSContext?
        var filesChanged: [Timestamp?]
    }

    private static let entries = Locked<[TLSConfiguration: Entry]>([:])

    /// A context for `configuration`: one that is in use and whose files have not changed since, or a new one. It may block
    /// while it reads files.
    package static func context(for configuration: TLSConfiguration) throws(TLSError) -> TLSContext {
        let filesChanged = configuration.files.map(changeTime)
        let known = entries.withLock { $0[configuration] }
        if let context = known?.context, known?.filesChanged == filesChanged { return context }
        let context = try TLSContext(configuration)
        entries.withLock { entries in
            entries = entries.filter { $0.value.context != nil }
            entries[configuration] = Entry(context: context, filesChanged: filesChanged)
        }
        return context
    }

    private static func changeTime(_ path: String) -> Timestamp? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return Timestamp(microseconds: Int64(facts.st_mtim.tv_sec) * 1_000_000 + Int64(facts.st_mtim.tv_nsec) / 1_000)
    }
}

extension TLSConfiguration {
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
