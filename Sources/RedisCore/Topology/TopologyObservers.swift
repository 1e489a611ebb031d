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

    /// Who has to be told of something, in the order in which they came. They count as told.
    mutating func due() -> [Int] {
        var due: [Int] = []
        for (number, var observer) in observers {
            let now = observer.wantsAll ? pictures : shapes
            guard observer.seen < now else { continue }
            observer.seen = now
            observers[number] = observer
            due.append(number)
        }
        return due.sorted()
    }

    /// How to tell one who has not left.
    func body(of number: Int) -> (@Sendable (ClusterShape) -> Void)? { observers[number]?.body }
}
