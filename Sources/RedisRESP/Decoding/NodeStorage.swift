/// The nodes of the current frame. The memory is kept from frame to frame, so that a message needs no allocation.
@safe package struct NodeStorage: ~Copyable {
    /// Above this size, the memory of an unusual frame is freed after it.
    private static let keptCapacity = 4096

    private var base: UnsafeMutablePointer<Node>
    private var capacity = 16
    package private(set) var count = 0

    init() { unsafe base = .allocate(capacity: capacity) }

    deinit { unsafe base.deallocate() }

    /// The nodes in order.
    var span: Span<Node> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    @inline(__always)
    mutating func append(_ node: Node) {
        if count == capacity { move(toCapacity: capacity * 2) }
        unsafe (base + count).initialize(to: node)
        count += 1
    }

    @inline(__always)
    mutating func removeAll() {
        count = 0
        if capacity > Self.keptCapacity { move(toCapacity: 16) }
    }

    private mutating func move(toCapacity newCapacity: Int) {
        let new = UnsafeMutablePointer<Node>.allocate(capacity: newCapacity)
        unsafe new.initialize(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = new
        capacity = newCapacity
    }
}
