/// How many entries of a stream to ask for at a time.
///
/// The server bounds a page by its number of entries alone, and how large they are is known only when they have come.
/// So the first page is small, pages grow while entries are small, and shrink as soon as entries are large, however
/// many small ones came before. A plain value.
package struct PageSize: Sendable, Hashable {
    /// How many entries the next page may have.
    package private(set) var count = PageSize.first
    /// How large an entry is expected to be.
    private var entryBytes = 0

    package static let first = 16
    /// A hundred bytes each or a megabyte each: that many entries are received at once.
    package static let most = 128
    /// About how many bytes a page shall have.
    package static let bytes = 1 << 20

    package init() {}

    /// A page has come.
    ///
    /// - Parameters:
    ///   - entries: How many entries it had.
    ///   - bytes: How many bytes of contents they had.
    ///   - isLast: Whether there are no more for now. Then the next ones may be of any size.
    package mutating func took(_ entries: Int, bytes: Int, isLast: Bool) {
        // What was large before is believed to be small only little by little.
        entryBytes = max(bytes / max(entries, 1), entryBytes / 2, 1)
        let largest = isLast ? min(count, Self.first) : min(count * 4, Self.most)
        count = max(min(largest, Self.bytes / entryBytes), 1)
    }

    /// A page was larger than what can be received, or came too slowly.
    package mutating func wasTooLarge() { count = max(count / 8, 1) }

    /// How many entries to ask for backwards, of which so many may be of interest. One of them is known already.
    package func backwards(atMost limit: Int) -> Int { count == 1 ? 2 : min(limit, count * 4) }

    /// Whether so many entries are more than a first page has, with the one that is known already.
    package static func isLarge(_ count: Int) -> Bool { count > first + 1 }

    package var isLarge: Bool { Self.isLarge(count + 1) }
}
