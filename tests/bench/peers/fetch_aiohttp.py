#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fetch_aiohttp.py URLS DB [HEADER VALUE]...: what one would write in Python: aiohttp, 64 at once, each
answer checked to be JSON and committed to SQLite (WAL), so that a kill loses none."""
import asyncio
import json
import sqlite3
import sys

import aiohttp


async def work(session, urls, db):
    for url in urls:  # one iterator for all workers
        async with session.get(url) as answer:
            body = await answer.text()
        json.loads(body)
        db.execute("INSERT INTO answers VALUES (?, ?, ?)", (url, answer.status, body))
        db.commit()


async def main(url_file, db_file, *headers):
    db = sqlite3.connect(db_file)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE answers (url TEXT PRIMARY KEY, status INTEGER, body TEXT)")
    with open(url_file, encoding="utf-8") as file:
        urls = iter(file.read().split())
    async with aiohttp.ClientSession(headers=dict(zip(headers[::2], headers[1::2])),
                                     connector=aiohttp.TCPConnector(limit=64)) as session:
        await asyncio.gather(*(work(session, urls, db) for _ in range(64)))
    db.close()


asyncio.run(main(*sys.argv[1:]))
