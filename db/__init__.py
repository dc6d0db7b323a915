"""Memory: tables, migrations and questions (queries).

Holds no rules about people's behaviour, and knows neither flows nor understanding.
"""
