// The pages of ``LanguageSampleTests``, one a language.

/// Short, but with every kind of declaration the language has a unit for.
enum LanguagePages {
    static let all = curly + others

    private static let curly: [LanguagePage] = [
        LanguagePage(
            path: "deploy.sh",
            text: #"""
                #!/bin/sh
                LIMIT=5

                greet() {
                    echo "hello $1"
                }

                function retry {
                    local count=0
                    while [ "$count" -lt "$LIMIT" ]; do
                        "$@" && return 0
                        count=$((count + 1))
                    done
                    return 1
                }

                greet world

                """#,
            outline: [
                "constant LIMIT", "function greet", "function retry",
            ], edit: ("hello $1", "hallo $1", "greet"), comment: "#"),
        LanguagePage(
            path: "stack.c",
            text: #"""
                #include <stdio.h>
                #include "stack.h"

                #define DEPTH 16

                struct stack {
                    int items[DEPTH];
                    int count;
                };

                enum state { EMPTY, FULL };

                static int limit = 4;

                int push(struct stack *stack, int item) {
                    if (stack->count == DEPTH) return 0;
                    stack->items[stack->count++] = item;
                    return 1;
                }

                int *top(struct stack *stack) {
                    return &stack->items[stack->count - 1];
                }

                """#,
            outline: [
                "imports (imports)", "constant DEPTH", "type stack", "type state",
                "constant limit", "function push", "function top",
            ], edit: ("return 1;", "return 2;", "push"), comment: "//"),
        LanguagePage(
            path: "shape.cpp",
            text: #"""
                #include <vector>

                namespace geometry {

                class Shape {
                public:
                    Shape(int size) : size(size) {}
                    virtual ~Shape() = default;
                    int area() const { return size * size; }
                    bool operator==(const Shape &other) const { return size == other.size; }

                private:
                    int size;
                };

                template <typename T>
                T largest(const std::vector<T> &items) {
                    return items.back();
                }

                }

                int Registry::count() const {
                    return 3;
                }

                """#,
            outline: [
                "imports (imports)", "type geometry", "type geometry::Shape",
                "method geometry::Shape::Shape", "method geometry::Shape::~Shape",
                "method geometry::Shape::area", "method geometry::Shape::operator==",
                "constant geometry::Shape::size", "function geometry::largest",
                "method Registry::count",
            ], edit: ("return 3;", "return 4;", "count"), comment: "//"),
        LanguagePage(
            path: "Cart.cs",
            text: #"""
                using System;
                using System.Linq;

                namespace Shop
                {
                    public class Cart
                    {
                        private readonly int limit = 3;

                        public Cart(int limit)
                        {
                            this.limit = limit;
                        }

                        public int Count { get; set; }

                        public int Total(int[] prices)
                        {
                            return prices.Sum();
                        }
                    }

                    public interface IStore
                    {
                        void Save(Cart cart);
                    }

                    public enum Mood { Good, Bad }
                }

                """#,
            outline: [
                "imports (imports)", "type Shop", "type Shop::Cart", "constant Shop::Cart::limit",
                "method Shop::Cart::Cart", "constant Shop::Cart::Count",
                "method Shop::Cart::Total", "type Shop::IStore", "method Shop::IStore::Save",
                "type Shop::Mood",
            ], edit: ("prices.Sum()", "prices.Max()", "Total"), comment: "//"),
        LanguagePage(
            path: "queue.go",
            text: #"""
                package queue

                import (
                	"errors"
                	"fmt"
                )

                const limit = 3

                var Empty = errors.New("empty")

                type Queue struct {
                	items []int
                }

                type Reader interface {
                	Read() (int, error)
                }

                func New() *Queue {
                	return &Queue{}
                }

                func (q *Queue) Read() (int, error) {
                	if len(q.items) == 0 {
                		return 0, Empty
                	}
                	return q.items[0], nil
                }

                func show(q *Queue) {
                	fmt.Println(q.items)
                }

                """#,
            outline: [
                "imports (imports)", "constant limit", "constant Empty", "type Queue",
                "type Reader", "function New", "method Queue::Read", "function show",
            ], edit: ("q.items[0], nil", "q.items[1], nil", "Read"), comment: "//"),
        LanguagePage(
            path: "Account.java",
            text: #"""
                package bank;

                import java.util.List;

                public class Account {
                    private long balance = 0;

                    public Account(long balance) {
                        this.balance = balance;
                    }

                    public long deposit(long amount) {
                        balance += amount;
                        return balance;
                    }

                    interface Audit {
                        void note(String what);
                    }

                    enum Kind { SAVINGS, CURRENT }
                }

                record Transfer(long amount, List<String> tags) {
                    long doubled() {
                        return amount * 2;
                    }
                }

                """#,
            outline: [
                "imports (imports)", "type Account", "constant Account::balance",
                "method Account::Account", "method Account::deposit", "type Account::Audit",
                "method Account::Audit::note", "type Account::Kind", "type Transfer",
                "method Transfer::doubled",
            ], edit: ("amount * 2", "amount * 3", "doubled"), comment: "//"),
        LanguagePage(
            path: "cart.js",
            text: #"""
                import { tax } from "./tax.js";

                const LIMIT = 5;

                export function total(items) {
                    return items.length + tax(LIMIT);
                }

                const double = (value) => {
                    return value * 2;
                };

                export class Cart {
                    #items = [];

                    constructor(owner) {
                        this.owner = owner;
                    }

                    get size() {
                        return this.#items.length;
                    }

                    static of(owner) {
                        return new Cart(owner);
                    }
                }

                """#,
            outline: [
                "imports (imports)", "constant LIMIT", "function total", "function double",
                "type Cart", "constant Cart::#items", "method Cart::constructor",
                "method Cart::size", "method Cart::of",
            ], edit: ("value * 2", "value * 3", "double"), comment: "//"),
    ]
}
