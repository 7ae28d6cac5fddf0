// Import statements of the languages whose calls are resolved through them.

enum PythonImports {
    static func names(_ tokens: [String]) -> [ImportedName] {
        var reader = TokenReader(tokens)
        if reader.take("from") { return fromModule(&reader) }
        guard reader.take("import") else { return [] }
        var names: [ImportedName] = []
        while let module = dotted(&reader) {
            let alias = reader.take("as") ? reader.take() : nil
            names.append(ImportedName(local: alias ?? module, module: module, name: nil))
            guard reader.take(",") else { break }
        }
        return names
    }

    private static func fromModule(_ reader: inout TokenReader) -> [ImportedName] {
        guard let module = dotted(&reader), reader.take("import") else { return [] }
        _ = reader.take("(")
        var names: [ImportedName] = []
        while let name = reader.take(), name != ")" {
            let alias = reader.take("as") ? reader.take() : nil
            names.append(ImportedName(local: alias ?? name, module: module, name: name))
            guard reader.take(",") else { break }
        }
        return names
    }

    /// `a.b`, `..a` or `.`.
    private static func dotted(_ reader: inout TokenReader) -> String? {
        var text = ""
        while let token = reader.next, token != "import", token != "as",
            TokenReader.isName(token) || token.allSatisfy({ $0 == "." })
        {
            text += token
            _ = reader.take()
        }
        return text.isEmpty ? nil : text
    }
}

enum ScriptImports {
    static func names(_ tokens: [String]) -> [ImportedName] {
        var reader = TokenReader(tokens)
        if reader.take("import") { return imported(&reader) }
        guard reader.take("export") else { return [] }
        return reader.take("default") ? byDefault(&reader) : exported(&reader)
    }

    /// The declarator of `const { a, b: c } = require("./x")`.
    static func required(_ tokens: [String]) -> [ImportedName] {
        guard tokens.count >= 5, tokens[tokens.count - 1] == ")", tokens[tokens.count - 3] == "(",
            let module = TokenReader.unquoted(tokens[tokens.count - 2])
        else { return [] }
        var reader = TokenReader(tokens)
        if reader.take("{") {
            return list(&reader, renamedBy: ":").map {
                ImportedName(local: $0.alias, module: module, name: $0.name, isExported: false)
            }
        }
        guard let name = reader.take(), TokenReader.isName(name), reader.take("=") else {
            return []
        }
        return [ImportedName(local: name, module: module, name: nil, isExported: false)]
    }

    private static func imported(_ reader: inout TokenReader) -> [ImportedName] {
        var found: [(local: String, name: String?)] = []
        _ = reader.take("type")
        while let token = reader.take(), token != "from" {
            if token == "{" {
                found += list(&reader, renamedBy: "as").map { ($0.alias, $0.name) }
            } else if token == "*" {
                if reader.take("as"), let local = reader.take() { found.append((local, nil)) }
            } else if token == "=" {
                // `import x = require("./x")`: what stands there is the module itself.
                guard reader.take("require"), reader.take("(") else { return [] }
                found = found.map { ($0.local, nil) }
                break
            } else if TokenReader.isName(token) {
                found.append((token, "default"))
            }
        }
        guard let module = TokenReader.unquoted(reader.next) else { return [] }
        return found.map {
            ImportedName(local: $0.local, module: module, name: $0.name, isExported: false)
        }
    }

    private static func byDefault(_ reader: inout TokenReader) -> [ImportedName] {
        while let word = reader.next,
            ["async", "abstract", "function", "class", "*"].contains(word)
        {
            _ = reader.take()
        }
        // What follows an expression's first word tells a plain name from `name.member`.
        guard let name = reader.take(), TokenReader.isName(name), name != "extends",
            [nil, ";", "(", "{", "<", "extends", "implements"].contains(reader.next)
        else { return [] }
        return [ImportedName(local: "default", module: "", name: name, isBound: false)]
    }

    private static func exported(_ reader: inout TokenReader) -> [ImportedName] {
        _ = reader.take("type")
        var found: [(local: String, name: String?)] = []
        if reader.take("*") {
            let alias = reader.take("as") ? reader.take() : nil
            found = [(alias ?? ImportedName.star, alias == nil ? ImportedName.star : nil)]
        } else if reader.take("{") {
            found = list(&reader, renamedBy: "as").map { ($0.alias, $0.name) }
        }
        let module = reader.take("from") ? TokenReader.unquoted(reader.next) : ""
        guard let module else { return [] }
        return found.map {
            ImportedName(local: $0.local, module: module, name: $0.name, isBound: false)
        }
    }

    /// `a, b as c, type D }`.
    private static func list(
        _ reader: inout TokenReader, renamedBy mark: String
    ) -> [(name: String, alias: String)] {
        var names: [(name: String, alias: String)] = []
        while let token = reader.take(), token != "}" {
            guard TokenReader.isName(token) else { continue }
            if token == "type", let next = reader.next, next != ",", next != "}", next != mark {
                continue
            }
            let alias = reader.take(mark) ? reader.take() : nil
            names.append((token, alias ?? token))
        }
        return names
    }
}

enum RustImports {
    /// Braces nest; nothing real is deeper than five.
    private static let depthMax = 32

    static func names(_ tokens: [String]) -> [ImportedName] {
        var reader = TokenReader(tokens)
        while let token = reader.take(), token != "use" {
            if token == "crate", reader.next != ")", !tokens.contains("use") { return [] }
        }
        var names: [ImportedName] = []
        tree(&reader, after: [], into: &names, depth: 0)
        return names
    }

    private static func tree(
        _ reader: inout TokenReader, after prefix: [String], into names: inout [ImportedName],
        depth: Int
    ) {
        var path = prefix
        while let token = reader.next, depth < depthMax {
            if token == "{" {
                _ = reader.take()
                while let next = reader.next, next != "}" {
                    if !reader.take(",") {
                        tree(&reader, after: path, into: &names, depth: depth + 1)
                        if reader.next == next { _ = reader.take() }
                    }
                }
                _ = reader.take("}")
                return
            }
            if token == "*" {
                _ = reader.take()
                let star = ImportedName.star
                let module = path.joined(separator: "::")
                names.append(ImportedName(local: star, module: module, name: star))
                return
            }
            guard token == "::" || TokenReader.isName(token) else { break }
            _ = reader.take()
            if token == "as" {
                if let alias = reader.take() { add(path, as: alias, to: &names) }
                return
            }
            if token != "::" { path.append(token) }
        }
        if path.count > prefix.count { add(path, as: nil, to: &names) }
    }

    private static func add(_ path: [String], as alias: String?, to names: inout [ImportedName]) {
        var path = path
        if path.count > 1 && path.last == "self" { path.removeLast() }
        guard let name = path.last else { return }
        names.append(
            ImportedName(
                local: alias ?? name, module: path.dropLast().joined(separator: "::"), name: name))
    }
}

enum GoImports {
    static func names(_ tokens: [String]) -> [ImportedName] {
        var names: [ImportedName] = []
        var alias: String?
        for token in tokens {
            if let path = TokenReader.unquoted(token) {
                let last = path.split(separator: "/").last.map(String.init) ?? path
                let isStar = alias == "."
                names.append(
                    ImportedName(
                        local: isStar ? ImportedName.star : alias ?? last, module: path,
                        name: isStar ? ImportedName.star : nil, isExported: false))
                alias = nil
            } else if token != "import", token == "." || TokenReader.isName(token) {
                alias = token
            }
        }
        return names
    }
}

enum JavaImports {
    /// `import a.b.C;`, `import static a.b.C.m;` and their star forms.
    static func names(_ tokens: [String]) -> [ImportedName] {
        let isStatic = tokens.contains("static")
        let path = tokens.filter {
            $0 == ImportedName.star || TokenReader.isName($0) && $0 != "import" && $0 != "static"
        }
        guard let last = path.last, path.count > 1 else { return [] }
        // A static import names a member of a type; the type is the module then.
        let module =
            isStatic ? path.dropLast() : last == ImportedName.star ? path.dropLast() : path[...]
        let name = isStatic || last == ImportedName.star ? last : nil
        return [
            ImportedName(
                local: last, module: (isStatic ? "static " : "") + module.joined(separator: "."),
                name: name, isExported: false)
        ]
    }
}
