DROP TABLE media, mails, jobs;
