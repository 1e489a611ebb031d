/// Who is told of pictures, and of which they have been told.
struct TopologyObservers {
    private struct Observer {
        let body: @Sendable (ClusterShape) -> Void
        /// Of each picture that came, not only of those that differ.
        let wantsAll: Bool
        var seen: Int
    }

    private var observers: [Int: Observer] = [:]
    private var nextNumber = 1
    private var shapes = 0
    private var pictures = 0

    /// There is another shape.
    mutating func shapeChanged() { shapes += 1 }

    /// A picture was accepted, the same as before or not.
    mutating func pictureCame() { pictures += 1 }

    /// Adds one who has been told of nothing, or of what there is.
    mutating func add(wantsAll: Bool, isTold: Bool, _ body: @escaping @Sendable (ClusterShape) -> Void) -> Int {
        defer { nextNumber += 1 }
        let now = wantsAll ? pictures : shapes
        observers[nextNumber] = Observer(body: body, wantsAll: wantsAll, seen: isTold ? now : now - 1)
        return nextNumber
    }

    mutating func remove(_ number: Int) { observers[number] = nil }

    mutating func removeAll() { observers = [:] }

    /// The next to be told, in the order in which they came.
    mutating func next() -> (@Sendable (ClusterShape) -> Void)? {
        let due = observers.filter { $0.value.seen < ($0.value.wantsAll ? pictures : shapes) }
        guard let number = due.keys.min(), let observer = due[number] else { return nil }
        observers[number]?.seen = observer.wantsAll ? pictures : shapes
        return observer.body
    }
}
