DROP TABLE refunds, payment_events, payment_attempts;
