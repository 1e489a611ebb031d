/// Whole frames that were taken without having been parsed one by one.
package struct ConsumedPrefix: Sendable {
    /// The bytes of all of them.
    package var byteCount: Int
    /// The bytes of the longest.
    package var largestFrame: Int

    package init(byteCount: Int, largestFrame: Int) {
        self.byteCount = byteCount
        self.largestFrame = largestFrame
    }

    package static let nothing = ConsumedPrefix(byteCount: 0, largestFrame: 0)
}
