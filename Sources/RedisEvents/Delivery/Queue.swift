/// A first-in first-out queue over an array. Its front is cleared in steps, so that taking is cheap.
package struct Queue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    package init() {}

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }
    var first: Element? { head < elements.count ? elements[head] : nil }

    /// Reads the first element in place. A copy would make the next change copy the element's storage.
    func peekFirst<Result>(_ body: (borrowing Element) -> Result) -> Result? {
        head < elements.count ? elements[head].map(body) : nil
    }

    /// Reads the last element in place.
    func peekLast<Result>(_ body: (borrowing Element) -> Result) -> Result? {
        head < elements.count ? elements[elements.count - 1].map(body) : nil
    }

    /// Reads an element in place, counted from the first.
    func peek<Result>(at offset: Int, _ body: (borrowing Element) -> Result) -> Result? {
        offset >= 0 && head + offset < elements.count ? elements[head + offset].map(body) : nil
    }

    /// The elements, oldest first.
    var elementsInOrder: [Element] { elements[head...].compactMap { $0 } }

    package mutating func append(_ element: Element) { elements.append(element) }

    package mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head].take()
        head += 1
        if head == elements.count {
            // The memory of a burst is given back.
            elements.removeAll(keepingCapacity: head <= 1 << 14)
            head = 0
        } else if head >= 64 && head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    mutating func modifyFirst(_ body: (inout Element) -> Void) { modify(head, body) }

    /// Changes an element in place, counted from the first.
    mutating func modify(at offset: Int, _ body: (inout Element) -> Void) { modify(head + offset, body) }

    mutating func modifyLast(_ body: (inout Element) -> Void) { modify(elements.count - 1, body) }

    private mutating func modify(_ index: Int, _ body: (inout Element) -> Void) {
        guard head < elements.count, var element = elements[index].take() else { return }
        body(&element)
        elements[index] = element
    }
}

extension Queue: Sendable where Element: Sendable {}
