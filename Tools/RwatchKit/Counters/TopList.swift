/// The greatest of many values, a few of them, the greatest first. A plain value.
package struct TopList<Element: Sendable>: Sendable {
    package struct Item: Sendable {
        package let value: UInt64
        package let element: Element
    }

    private let limit: Int
    package private(set) var items: [Item] = []
    /// A value has to be greater than this to be kept.
    private var threshold: UInt64 = 0

    /// A list of at most so many.
    package init(limit: Int) { self.limit = max(limit, 1) }

    /// Whether a value would be kept: most are not, and nothing has to be made of them.
    @inline(__always)
    package func takes(_ value: UInt64) -> Bool { value > threshold }

    /// Keeps a value if it is great enough. Of equal ones, the first is kept.
    package mutating func add(_ value: UInt64, _ element: @autoclosure () -> Element) {
        guard takes(value) else { return }
        let place = items.firstIndex { $0.value < value } ?? items.count
        items.insert(Item(value: value, element: element()), at: place)
        if items.count > limit { items.removeLast() }
        if items.count == limit { threshold = items[limit - 1].value }
    }
}
